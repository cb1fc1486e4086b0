/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/**
 * A backward pass after which another one may follow. DJL's own collector frees what the forward
 * pass kept; its engine can do without, by a public method that DJL's API does not have.
 */
final class KeptGraph {
  private static final String ENGINE = "ai.djl.pytorch.jni.JniUtils";
  private static final String ARRAY = "ai.djl.pytorch.engine.PtNDArray";

  private KeptGraph() {}

  /** Adds the gradients of a loss of one number to those of the leaves. */
  static void backward(NDArray loss) {
    try {
      Class<?> array = Class.forName(ARRAY);
      Method method =
          Class.forName(ENGINE).getMethod("backward", array, array, boolean.class, boolean.class);
      method.invoke(null, loss, loss.onesLike(), true, false);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("DJL's backward pass failed.", e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "This version of DJL's PyTorch engine has no "
              + ENGINE
              + ".backward, so row owners cannot be verified; use DJL 0.35.1.",
          e);
    }
  }
}
