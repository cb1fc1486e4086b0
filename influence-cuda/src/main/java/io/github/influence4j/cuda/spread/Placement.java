/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.spread;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.support.OwnedTensor;
import java.util.ArrayList;
import java.util.List;

/** Where tensors go: what is used together to one device, and of that as much to each. */
final class Placement {
  private final Devices devices;
  private final ElementType type;

  /** Elements on each device, copies too. */
  private final Shares held;

  /** Elements of what layers are scored with, each counted once. */
  private final Shares layers;

  /** Elements of sums of squares. */
  private final Shares sums;

  Placement(Devices devices, ElementType type) {
    this.devices = devices;
    this.type = type;
    this.held = new Shares(devices.count());
    this.layers = new Shares(devices.count());
    this.sums = new Shares(devices.count());
  }

  private static long elements(long... shape) {
    return OwnedTensor.bytes(ElementType.F32, shape) / ElementType.F32.bytes();
  }

  private Copies copies(long... shape) {
    return new Copies(devices, held, layers, elements(shape), gpu -> gpu.zeros(shape));
  }

  /** Zeros, which take memory where they are used first. */
  SpreadTensor zeros(long... shape) {
    return new SpreadTensor(devices, copies(shape), type, shape);
  }

  /** A sum, on the device that has least of them. */
  SpreadTensor accumulator(long... shape) {
    int device = sums.least();
    BackendTensor made = devices.on(device, gpu -> gpu.accumulator(shape));
    Copies copies = new Copies(devices, held, sums, elements(shape), null);
    return settled(device, made, copies, ElementType.F64);
  }

  /** A copy of a tensor, on the device where it lies, else on the one that holds least. */
  SpreadTensor upload(TensorView tensor) {
    int place = devices.of(tensor);
    int device = place == Devices.NONE ? held.least() : place;
    return loose(device, devices.on(device, gpu -> gpu.upload(tensor)));
  }

  /** What a device made, which may go elsewhere. */
  SpreadTensor loose(int device, BackendTensor made) {
    long[] shape = made.shape();
    Copies copies = copies(shape);
    copies.put(device, made);
    return new SpreadTensor(devices, copies, type, shape);
  }

  /** What a device made, to stay there. */
  SpreadTensor made(int device, BackendTensor made) {
    return settled(device, made, copies(made.shape()), type);
  }

  /** Tensors as one, which stays where the first of them belongs that belongs to a device. */
  SpreadTensor concatenated(List<SpreadTensor> parts) {
    int device = settle(parts);
    List<BackendTensor> there = parts.stream().map(part -> part.copies().on(device)).toList();
    BackendTensor joined = devices.on(device, gpu -> gpu.concatenate(there));
    return settled(device, joined, copies(joined.shape()), parts.get(0).type());
  }

  private SpreadTensor settled(
      int device, BackendTensor made, Copies copies, ElementType elementType) {
    copies.put(device, made);
    copies.settle(device);
    return new SpreadTensor(devices, copies, elementType, made.shape());
  }

  /** The tensors of an operation: some, and the blocks of bases, that of gradients first. */
  List<SpreadTensor> with(Rotation rotation, SpreadTensor... some) {
    List<SpreadTensor> all = new ArrayList<>(List.of(some));
    // An activation basis may be shared by layers on several devices, and so says least.
    rotation.gradients().blocks().forEach(block -> all.add(SpreadTensor.of(block, devices)));
    rotation.activations().blocks().forEach(block -> all.add(SpreadTensor.of(block, devices)));
    return all;
  }

  List<SpreadTensor> of(QueryFactors queries) {
    return queries instanceof QueryFactors.LowRank low
        ? List.of(SpreadTensor.of(low.left(), devices), SpreadTensor.of(low.right(), devices))
        : List.of(SpreadTensor.of(((QueryFactors.Dense) queries).values(), devices));
  }

  /**
   * The device for an operation: that of the first tensor which belongs to one, else the one that
   * has least of the layers. All the others that belong to none belong to it from now on.
   */
  synchronized int settle(List<SpreadTensor> tensors) {
    int device = Devices.NONE;
    for (SpreadTensor tensor : tensors) {
      device = device == Devices.NONE ? tensor.copies().home() : device;
    }
    int chosen = device == Devices.NONE ? layers.least() : device;
    tensors.forEach(tensor -> tensor.copies().settle(chosen));
    return chosen;
  }

  BackendTensor on(int device, BackendTensor tensor) {
    return SpreadTensor.of(tensor, devices).copies().on(device);
  }

  Rotation on(int device, Rotation rotation) {
    return new Rotation(on(device, rotation.activations()), on(device, rotation.gradients()));
  }

  private Basis on(int device, Basis basis) {
    return new Basis(
        basis.dimension(), basis.blocks().stream().map(block -> on(device, block)).toList());
  }

  QueryFactors on(int device, QueryFactors queries) {
    if (queries instanceof QueryFactors.LowRank low) {
      return new QueryFactors.LowRank(
          on(device, low.left()), on(device, low.right()), low.residuals());
    }
    return new QueryFactors.Dense(on(device, ((QueryFactors.Dense) queries).values()));
  }
}
