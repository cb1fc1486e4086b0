/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Private fields of DJL 0.35.1, which has no other way to learn of the buffers under arrays. A
 * version without them is refused.
 */
final class DjlInternals {
  private static final String PYTORCH_ARRAY = "ai.djl.pytorch.engine.PtNDArray";
  private static final Field SCOPES = field(NDScope.class, "SCOPE_STACK");
  private static final Field ARRAYS = field(NDScope.class, "resources");

  private static final ClassValue<@Nullable Field> BUFFER =
      new ClassValue<>() {
        @Override
        protected @Nullable Field computeValue(Class<?> type) {
          return type.getName().equals(PYTORCH_ARRAY) ? field(type, "dataRef") : null;
        }
      };

  private DjlInternals() {}

  /** This thread's. */
  static Deque<NDScope> scopes() {
    return threadLocal().get();
  }

  static void setScopes(Deque<NDScope> scopes) {
    threadLocal().set(scopes);
  }

  @SuppressWarnings("unchecked") // as declared
  private static ThreadLocal<Deque<NDScope>> threadLocal() {
    return (ThreadLocal<Deque<NDScope>>) Objects.requireNonNull(get(SCOPES, null));
  }

  /** Those that the scope will close. */
  @SuppressWarnings("unchecked") // as declared
  static IdentityHashMap<NDArray, NDArray> arrays(NDScope scope) {
    return (IdentityHashMap<NDArray, NDArray>) Objects.requireNonNull(get(ARRAYS, scope));
  }

  static void setArrays(NDScope scope, IdentityHashMap<NDArray, NDArray> arrays) {
    try {
      ARRAYS.set(scope, arrays);
    } catch (IllegalAccessException e) {
      throw unknownVersion(ARRAYS.getName(), e);
    }
  }

  /** What an array keeps alive because its values are there; null for memory of PyTorch's. */
  static @Nullable ByteBuffer buffer(NDArray array) {
    Field field = BUFFER.get(array.getClass());
    return field == null ? null : (ByteBuffer) get(field, array);
  }

  private static @Nullable Object get(Field field, @Nullable Object owner) {
    try {
      return field.get(owner);
    } catch (IllegalAccessException e) {
      throw unknownVersion(field.getName(), e);
    }
  }

  static Field field(Class<?> type, String name) {
    try {
      Field field = type.getDeclaredField(name);
      field.setAccessible(true);
      return field;
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw unknownVersion(type.getSimpleName() + "." + name, e);
    }
  }

  private static IllegalStateException unknownVersion(String field, Exception cause) {
    return new IllegalStateException(
        "This version of DJL hides "
            + field
            + ", without which gradients may be computed from freed memory; use DJL 0.35.1, on the"
            + " class path.",
        cause);
  }
}
