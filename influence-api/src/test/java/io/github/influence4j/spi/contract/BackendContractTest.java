/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.influence4j.BackendTest;
import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.BackendDescription;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.testing.Session;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every {@link ComputeBackend} must do, contract by contract; a backend's tests extend it.
 * Every operation is compared with the reference backend in float64; whatever the interface
 * promises about bits is compared bit for bit.
 *
 * <pre>{@code
 * class CpuBackendContractTest extends BackendContractTest {
 *   protected BackendProvider provider() { return new CpuBackendProvider(); }
 * }
 * }</pre>
 *
 * <p>Each contract has a tag: {@code -Dtest=CpuBackendContractTest -Dgroups=eigen} runs one of
 * them.
 */
public abstract class BackendContractTest extends BackendTest {
  /** With {@code -Dinfluence4j.test.requireBackend=NAME} a silent fallback fails the build. */
  @Test
  void requestedBackendIsActive() {
    String required = System.getProperty("influence4j.test.requireBackend");
    assumeTrue(provider().name().equals(required), "no backend or another one is required");
    assertThat(provider().availability().available())
        .as(provider().availability().detail())
        .isTrue();
    try (Influence influence =
        Influence.builder().layers(LayerSpec.linear("layer", 1, 1)).build()) {
      assertThat(influence.backend().name()).isEqualTo(required);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void describesItself(Precision precision) {
    try (Session session = new Session(provider().create(BackendOptions.of(precision, 1)))) {
      BackendDescription description = session.backend().description();
      assertThat(description.name()).isEqualTo(provider().name());
      assertThat(description.device()).isNotBlank();
      assertThat(description.library()).isNotBlank();
      assertThat(description.threads()).isEqualTo(1);
      assertThat(description.precision())
          .isEqualTo(provider().name().equals("reference") ? Precision.F64 : precision);
    }
  }

  @Nested
  final class Tensors extends TensorContract {
    Tensors() {
      super(provider());
    }
  }

  @Nested
  final class Unfolding extends UnfoldContract {
    Unfolding() {
      super(provider());
    }
  }

  @Nested
  final class Magnitudes extends MagnitudeContract {
    Magnitudes() {
      super(provider());
    }
  }

  @Nested
  final class Covariances extends CovarianceContract {
    Covariances() {
      super(provider());
    }
  }

  @Nested
  final class Eigendecompositions extends EigenContract {
    Eigendecompositions() {
      super(provider());
    }
  }

  @Nested
  final class Squares extends SquareContract {
    Squares() {
      super(provider());
    }
  }

  @Nested
  final class Queries extends QueryContract {
    Queries() {
      super(provider());
    }
  }

  @Nested
  final class Scores extends ScoreContract {
    Scores() {
      super(provider());
    }
  }

  @Nested
  final class Truncations extends TruncationContract {
    Truncations() {
      super(provider());
    }
  }

  @Nested
  final class SameBits extends SameBitsContract {
    SameBits() {
      super(provider());
    }
  }

  @Nested
  final class Empty extends EmptyContract {
    Empty() {
      super(provider());
    }
  }

  @Nested
  final class LifeCycle extends LifeCycleContract {
    LifeCycle() {
      super(provider());
    }
  }
}
