/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.spread;

import io.github.influence4j.cuda.device.Releases;
import io.github.influence4j.spi.SymmetricEigen;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Eigendecompositions, each on one device: the largest first, to the device that has least to do,
 * where a matrix of n columns costs n³.
 */
final class Decompositions {
  private final Devices devices;
  private final Placement placement;

  Decompositions(Devices devices, Placement placement) {
    this.devices = devices;
    this.placement = placement;
  }

  List<SymmetricEigen> solve(List<double[]> matrices) {
    List<List<Integer>> shares =
        shares(matrices.stream().mapToInt(matrix -> matrix.length).toArray(), devices.count());
    @Nullable SymmetricEigen[] out = new SymmetricEigen[matrices.size()];
    List<Runnable> operations = new ArrayList<>();
    for (int d = 0; d < shares.size(); d++) {
      int device = d;
      List<Integer> own = shares.get(d);
      if (!own.isEmpty()) {
        operations.add(() -> solve(device, matrices, own, out));
      }
    }
    try {
      Together.run(operations, devices.count());
    } catch (RuntimeException | Error failure) {
      Releases releases = new Releases();
      Arrays.stream(out).filter(Objects::nonNull).forEach(made -> releases.run(made::close));
      releases.addTo(failure);
      throw failure;
    }
    return Arrays.stream(out).map(Objects::requireNonNull).toList();
  }

  private void solve(
      int device, List<double[]> matrices, List<Integer> own, @Nullable SymmetricEigen[] out) {
    List<double[]> some = own.stream().map(matrices::get).toList();
    List<SymmetricEigen> made = devices.on(device, gpu -> gpu.eigendecompose(some));
    for (int i = 0; i < made.size(); i++) {
      SymmetricEigen eigen = made.get(i);
      out[own.get(i)] =
          new SymmetricEigen(eigen.values(), placement.loose(device, eigen.vectors()));
    }
  }

  /**
   * Shares out matrices.
   *
   * @param elements of each matrix
   * @return the numbers of those of each device, ascending
   */
  static List<List<Integer>> shares(int[] elements, int devices) {
    double[] costs = Arrays.stream(elements).mapToDouble(n -> Math.pow(n, 1.5)).toArray();
    double[] loads = new double[devices];
    List<List<Integer>> shares = new ArrayList<>();
    for (int device = 0; device < devices; device++) {
      shares.add(new ArrayList<>());
    }
    IntStream.range(0, costs.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> costs[i]).reversed())
        .forEach(
            i -> {
              int least = 0;
              for (int device = 1; device < devices; device++) {
                least = loads[device] < loads[least] ? device : least;
              }
              loads[least] += costs[i];
              shares.get(least).add(i);
            });
    shares.forEach(own -> own.sort(Comparator.naturalOrder()));
    return shares;
  }
}
