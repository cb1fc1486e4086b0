/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.AccessDeniedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the dynamic loader and the JVM say, and the advice that fits; causes that tests can make are
 * made elsewhere.
 */
class LoadFailuresTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/lib.so: invalid ELF header | a library is damaged",
        "/lib.so: file too short | a library is damaged",
        "/lib.so: failed to map segment from shared object | mounted noexec?",
        "/lib.so: wrong ELF class: ELFCLASS32 | another processor",
        "/lib.so: cannot open (Possible cause: can't load AARCH64 .so on a AMD 64 platform) | another processor",
        "/libc.so.6: version `GLIBC_2.38' not found (required by /lib.so) | which need GLIBC_2.38",
        "java.io.IOException: No space left on device | free some space",
        "/nowhere/file: Read-only file system | to a directory that this user can write to",
        "libgfortran.so.5: cannot open shared object file: No such file | libgfortran.so.5 is missing",
        "no jniopenblas_nolapack in java.library.path | org.bytedeco:openblas for linux-x86_64 is missing",
        "no jnijavacpp in java.library.path | org.bytedeco:javacpp for linux-x86_64 is missing",
        "Native Library /a.so already loaded in another classloader | that both have as a parent",
      })
  void theAdviceFitsTheCause(String cause, String advice) {
    assertThat(LoadFailures.reason(new UnsatisfiedLinkError(cause)))
        .startsWith("the native libraries do not load: java.lang.UnsatisfiedLinkError: ")
        .contains(cause.strip())
        .contains(advice.strip());
  }

  @Test
  void theReasonOfACauseIsKept() {
    NativeLoadException reason = new NativeLoadException("the reason");
    assertThat(LoadFailures.reason(new ExceptionInInitializerError(reason)))
        .isEqualTo("the reason");
    assertThat(LoadFailures.text(new AccessDeniedException("/root")))
        .isEqualTo("/root: Permission denied");
  }
}
