/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

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

/** What {@code influence_cpu.h} declares and documents for the rows of convolutions. */
@Properties(
    @Platform(
        value = "linux-x86_64",
        include = "influence_cpu.h",
        link = "influence_cpu#",
        library = "jniKernels"))
@NoException
// Nobody calls allocate, but JavaCPP knows the size of classes that have it.
@SuppressWarnings("unused")
public final class UnfoldKernel {
  static {
    Kernels.abiVersion(); // Loads the library.
  }

  private UnfoldKernel() {}

  /** {@code infl_images}. */
  @Name("infl_images")
  public static final class NativeImages extends Pointer {
    public NativeImages(Pointer memory) {
      super(memory);
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
    public native NativeImages data(@Cast("const void*") long address);

    /** From the first of them on. */
    @MemberGetter
    @ByRef
    @Name("element_bytes")
    private native IntPointer words();
  }

  @Name("infl_unfold")
  public static native int unfold(
      int kernels,
      @Cast("const infl_images*") long images,
      long first,
      long count,
      @Cast("void*") long out);
}
