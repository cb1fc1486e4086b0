/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.spi.Availability;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackendSelectionTest {
  private static final BackendProvider GPU =
      new Fake("gpu", 20, Availability.no("no driver; install one of version 550 or later"));
  private static final BackendProvider FAST = new Fake("fast", 10, Availability.yes("AVX-512"));
  private static final BackendProvider SLOW = new Fake("slow", 0, Availability.yes("plain Java"));
  private static final List<BackendProvider> ALL = List.of(GPU, FAST, SLOW);
  private static final List<Integer> NONE = List.of();

  /** Never makes a backend. */
  private static class Fake implements BackendProvider {
    private final String name;
    private final int priority;
    private final Availability availability;

    Fake(String name, int priority, Availability availability) {
      this.name = name;
      this.priority = priority;
      this.availability = availability;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public int priority() {
      return priority;
    }

    @Override
    public Availability availability() {
      return availability;
    }

    @Override
    public ComputeBackend create(BackendOptions options) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void theFirstAvailableIsTheDefault() {
    assertThat(Backends.choose(ALL, null, NONE)).isSameAs(FAST);
    assertThat(Backends.choose(ALL, "slow", NONE)).isSameAs(SLOW);
  }

  @Test
  void unavailableBackendsSayWhyAndHowToMendIt() {
    assertThatIllegalStateException()
        .isThrownBy(() -> Backends.choose(ALL, "gpu", NONE))
        .withMessage(
            "Backend \"gpu\" is unavailable: no driver; install one of version 550 or later");
    assertThatIllegalStateException()
        .isThrownBy(() -> Backends.choose(List.of(GPU), null, NONE))
        .withMessageContaining("No backend. Found: gpu (unavailable: no driver;");
  }

  /** Not replaced by the backend that would be the default, nor taken for one without devices. */
  @Test
  void devicesChooseABackendThatHasThem() {
    BackendProvider devices =
        new Fake("devices", 5, Availability.yes("two")) {
          @Override
          public Availability availability(List<Integer> numbers) {
            return numbers.contains(2) ? Availability.no("no device 2") : availability();
          }
        };
    List<BackendProvider> found = List.of(FAST, devices, SLOW);
    assertThat(Backends.choose(found, null, NONE)).isSameAs(FAST);
    assertThat(Backends.choose(found, null, List.of(0, 1))).isSameAs(devices);
    assertThatIllegalStateException()
        .isThrownBy(() -> Backends.choose(found, null, List.of(1, 2)))
        .withMessage(
            "No backend for devices [1, 2]. Found: fast (unavailable: it has no devices to choose"
                + " from, [1, 2] are asked for; cuda has), devices (unavailable: no device 2), slow"
                + " (unavailable: it has no devices to choose from, [1, 2] are asked for; cuda"
                + " has)");
    assertThatIllegalStateException()
        .isThrownBy(
            () -> Influence.builder().layers(layer()).backend("reference").devices(0).build())
        .withMessage(
            "Backend \"reference\" is unavailable: it has no devices to choose from, [0] are asked"
                + " for; cuda has");
  }

  @Test
  void devicesAreDifferentNumbers() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Influence.builder().layers(layer()).devices(1, 0, 1).build())
        .withMessage("devices must not name one twice, got [1, 0, 1]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Influence.builder().layers(layer()).devices(-1).build())
        .withMessage("devices are numbers from 0 on, got [-1]");
  }

  @Test
  void aBetterBackendThatShouldRunIsNamedWithItsReason() {
    assertThat(Backends.insteadOf(ALL, FAST)).isEmpty();
    BackendProvider broken = new Fake("gpu", 20, Availability.faulty("a library is damaged"));
    assertThat(Backends.insteadOf(List.of(broken, FAST, SLOW), FAST))
        .isEqualTo("gpu (a library is damaged)");
    assertThat(Backends.insteadOf(List.of(GPU, SLOW), SLOW))
        .as("the last resort is always explained")
        .isEqualTo("gpu (no driver; install one of version 550 or later)");
  }

  @Test
  void aProviderWhoseClassesAreMissingIsPassedOver() {
    BackendProvider missing =
        new BackendProvider() {
          @Override
          public String name() {
            return "cpu";
          }

          @Override
          public int priority() {
            return 100;
          }

          @Override
          public Availability availability() {
            throw new NoClassDefFoundError("org/bytedeco/javacpp/Loader");
          }

          @Override
          public ComputeBackend create(BackendOptions options) {
            throw new UnsupportedOperationException();
          }
        };
    List<BackendProvider> found = List.of(missing, SLOW);
    assertThat(Backends.choose(found, null, NONE)).isSameAs(SLOW);
    assertThat(Backends.insteadOf(found, SLOW))
        .contains("the artifact org.bytedeco:javacpp is missing");
    assertThatIllegalStateException()
        .isThrownBy(() -> Backends.choose(found, "cpu", NONE))
        .withMessageContaining("Backend \"cpu\" is unavailable: the native libraries do not load");
  }

  @Test
  void unknownNamesListWhatWasFound() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Backends.choose(ALL, "quantum", NONE))
        .withMessage(
            "No backend named \"quantum\". Found: gpu (unavailable: no driver; install one of"
                + " version 550 or later), fast (available: AVX-512), slow (available: plain Java)."
                + " Add its module to the class path or module path.");
  }

  @Test
  void theReferenceBackendIsAlwaysFoundAndLast() {
    List<BackendProvider> found = Backends.providers();
    assertThat(found.get(found.size() - 1).name()).isEqualTo("reference");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Influence.builder().layers(layer()).backend("quantum").build())
        .withMessageContaining("reference (available: plain Java)");
  }

  @Test
  void thePropertyForcesABackendAndTheBuilderGoesBeforeIt() {
    String before = System.getProperty(Settings.BACKEND);
    System.setProperty(Settings.BACKEND, "quantum");
    try {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Influence.builder().layers(layer()).build())
          .withMessageContaining("No backend named \"quantum\"");
      try (Influence influence = Influence.builder().layers(layer()).backend("reference").build()) {
        assertThat(influence.backend().name()).isEqualTo("reference");
      }
    } finally {
      if (before == null) {
        System.clearProperty(Settings.BACKEND);
      } else {
        System.setProperty(Settings.BACKEND, before);
      }
    }
  }

  @Test
  void threadsThatAreNoNumberAreNoWishForAllProcessors() {
    String before = System.getProperty(Settings.THREADS);
    System.setProperty(Settings.THREADS, "two");
    try {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Influence.builder().layers(layer()).backend("reference").build())
          .withMessage("influence4j.threads must be a number of threads, got \"two\"");
      Influence.builder().layers(layer()).backend("reference").threads(1).build().close();
    } finally {
      if (before == null) {
        System.clearProperty(Settings.THREADS);
      } else {
        System.setProperty(Settings.THREADS, before);
      }
    }
  }

  private static LayerSpec layer() {
    return LayerSpec.linear("fc", 2, 2);
  }
}
