/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.spi.support.UnfoldedShape;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.annotation.ByRef;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.MemberGetter;
import org.bytedeco.javacpp.annotation.MemberSetter;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;

/**
 * What {@code influence_cuda.h} declares and documents for the rows of convolutions. {@link
 * KernelLibrary#load} comes first.
 */
@Properties(
    @Platform(
        value = "linux-x86_64",
        include = "influence_cuda.h",
        link = "influence_cuda#",
        library = "jniKernels"))
@NoException
public final class UnfoldKernel {
  static {
    Kernels.abiVersion(); // Loads the library.
  }

  private UnfoldKernel() {}

  /** {@code infl_images}. */
  @Name("infl_images")
  public static final class DeviceImages extends Pointer {
    public DeviceImages() {
      super((Pointer) null);
      allocate();
    }

    private native void allocate();

    /**
     * All but where they lie.
     *
     * @param words of {@link UnfoldedShape}
     */
    public void write(int[] words) {
      words().put(words);
    }

    @MemberSetter
    public native DeviceImages data(@Cast("const void*") long address);

    /** From the first of them on. */
    @MemberGetter
    @ByRef
    @Name("element_bytes")
    private native IntPointer words();
  }

  @Name("infl_cuda_unfold")
  public static native int unfold(
      DeviceImages images, int count, @Cast("void*") long out, @Cast("void*") long stream);
}
