/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which layers a capture has, told from the names of its tensors, every one of which is checked to
 * have its partners.
 */
final class CaptureNames {
  private final Set<String> names;
  private final List<String> layers;
  private final boolean queries;
  private final boolean pseudoGradients;
  private final TiedLayers tied;

  CaptureNames(Collection<String> names, boolean pseudoGradients, TiedLayers tied) {
    this.names = new LinkedHashSet<>(names);
    this.pseudoGradients = pseudoGradients;
    this.tied = tied;
    layers = layersOf(CaptureSide.TRAIN, CaptureKind.ACT);
    queries =
        !(layersOf(CaptureSide.QUERY, CaptureKind.ACT).isEmpty()
            && layersOf(CaptureSide.QUERY, CaptureKind.GRAD).isEmpty());
    Check.that(
        !layers.isEmpty(),
        "No tensor named train.act.LAYER; the file holds %s. See docs/captured-format.md.",
        names.stream().limit(8).toList());
    requireComplete(CaptureSide.TRAIN, CaptureKind.ACT);
    requireComplete(CaptureSide.TRAIN, CaptureKind.GRAD);
    if (pseudoGradients) {
      requireComplete(CaptureSide.TRAIN, CaptureKind.PSEUDOGRAD);
    }
    if (queries) {
      requireComplete(CaptureSide.QUERY, CaptureKind.ACT);
      requireComplete(CaptureSide.QUERY, CaptureKind.GRAD);
    }
    requireMasksOfLayers();
  }

  /** In natural order. */
  List<String> layers() {
    return layers;
  }

  boolean hasQueries() {
    return queries;
  }

  boolean has(String tensor) {
    return names.contains(tensor);
  }

  /** How often a layer is used in one forward pass. */
  int uses(CaptureSide side, String layer) {
    int uses = 1;
    while (tied.contains(layer) && names.contains(CaptureKind.ACT.tensor(side, layer, uses))) {
      uses++;
    }
    return uses;
  }

  /** A mask that masks nothing is a typing error. */
  private void requireMasksOfLayers() {
    for (String name : names) {
      for (CaptureSide side : CaptureSide.values()) {
        String prefix = side.mask("");
        Check.that(
            !name.startsWith(prefix) || layers.contains(name.substring(prefix.length())),
            "Tensor \"%s\" masks rows of a layer that the file does not have; its layers are %s.",
            name,
            layers);
      }
    }
  }

  /** Tensors that mean nothing to us. */
  List<String> unused() {
    List<String> unused = new ArrayList<>();
    for (String name : names) {
      boolean known =
          name.equals(CaptureSide.TRAIN.mask()) || name.equals(CaptureSide.QUERY.mask());
      for (String layer : layers) {
        known |=
            name.equals(CaptureSide.TRAIN.mask(layer))
                || name.equals(CaptureSide.QUERY.mask(layer));
      }
      for (CaptureKind kind : CaptureKind.values()) {
        known |=
            (pseudoGradients || kind != CaptureKind.PSEUDOGRAD)
                && name.startsWith(kind.prefix(CaptureSide.TRAIN));
        known |= kind != CaptureKind.PSEUDOGRAD && name.startsWith(kind.prefix(CaptureSide.QUERY));
      }
      if (!known) {
        unused.add(name);
      }
    }
    return unused;
  }

  private List<String> layersOf(CaptureSide side, CaptureKind kind) {
    Set<String> layers = new TreeSet<>(new NaturalOrder());
    for (String suffix : suffixes(side, kind)) {
      layers.add(tied.layer(suffix, suffixes(side, kind)));
    }
    return List.copyOf(layers);
  }

  /** The parts of the names behind such as {@code train.act.}: LAYER or LAYER#USE. */
  private Set<String> suffixes(CaptureSide side, CaptureKind kind) {
    Set<String> found = new LinkedHashSet<>();
    for (String name : names) {
      if (name.startsWith(kind.prefix(side))) {
        found.add(name.substring(kind.prefix(side).length()));
      }
    }
    return found;
  }

  /** Every use of every layer must be there, and nothing else of that kind. */
  private void requireComplete(CaptureSide side, CaptureKind kind) {
    Set<String> surplus = suffixes(side, kind);
    for (String layer : layers) {
      // As many uses on every side, or a part of a gradient would be left out.
      for (int use = 0; use < uses(CaptureSide.TRAIN, layer); use++) {
        String tensor = kind.tensor(side, layer, use);
        Check.that(
            surplus.remove(tensor.substring(kind.prefix(side).length())),
            "Layer \"%s\": tensor \"%s\" is missing; capture it together with \"%s\"%s.",
            layer,
            tensor,
            CaptureKind.ACT.tensor(kind == CaptureKind.ACT ? CaptureSide.TRAIN : side, layer, use),
            kind == CaptureKind.PSEUDOGRAD
                ? ", or leave out --pseudo-gradients (withPseudoGradients)"
                : "");
      }
    }
    for (String suffix : surplus) {
      throw new IllegalArgumentException(
          "Tensor \""
              + kind.prefix(side)
              + suffix
              + "\" has no partner: each layer needs train.act and train.grad (and the same for"
              + " query), further uses numbered #1, #2 without a gap.");
    }
  }
}
