/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

import java.util.List;
import java.util.OptionalLong;

/**
 * Finds out whether a backend can run here and makes it. Implementations are found by {@link
 * java.util.ServiceLoader} and must be cheap to construct: nothing native is touched before {@link
 * #availability} is asked.
 */
public interface BackendProvider {
  /**
   * The name users force the backend by.
   *
   * @return a short lower-case word such as {@code cpu}
   */
  String name();

  /**
   * Preference among the available backends.
   *
   * @return the higher, the more preferred; the reference backend is 0
   */
  int priority();

  /**
   * Whether the backend can run on this machine, with the reason and the fix where it cannot.
   *
   * @return the answer; never throws
   */
  Availability availability();

  /**
   * The same for devices that the user names, such as GPUs. By default there are none to name.
   *
   * @param devices numbers of different devices; none for those that the backend takes by itself
   * @return the answer; never throws
   */
  default Availability availability(List<Integer> devices) {
    return devices.isEmpty()
        ? availability()
        : Availability.no(
            "it has no devices to choose from, " + devices + " are asked for; cuda has");
  }

  /**
   * The budget of a backend whose user sets none. Asked where the backend is available.
   *
   * @param options all but the budget
   * @return bytes, for {@link BackendOptions#withMaxMemory}; empty, as by default, for what the
   *     machine or the container can spare
   */
  default OptionalLong defaultMaxMemory(BackendOptions options) {
    return OptionalLong.empty();
  }

  /**
   * Makes a backend.
   *
   * @param options precision, threads, devices, budget
   * @return a backend that the caller closes
   * @throws IllegalStateException if the backend is not available
   */
  ComputeBackend create(BackendOptions options);
}
