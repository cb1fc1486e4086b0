/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.properties;

import io.github.influence4j.BackendTest;
import io.github.influence4j.Influence;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;

/**
 * The mathematical properties P1 to P13, P15 and P17 of the method, through {@link Influence}, on
 * one backend in both precisions; a backend's tests extend it.
 *
 * <pre>{@code
 * class CpuInfluencePropertiesTest extends InfluencePropertiesTest {
 *   protected BackendProvider provider() { return new CpuBackendProvider(); }
 * }
 * }</pre>
 *
 * <p>Each group has a tag: {@code -Dtest=CpuInfluencePropertiesTest -Dgroups=low-rank} runs P13.
 */
public abstract class InfluencePropertiesTest extends BackendTest {
  /** Kept, for loggers are collected as garbage. */
  private static final Logger LOGGER = Logger.getLogger(Influence.class.getName());

  /** One line a backend is right for programs, not for hundreds of tests. */
  @BeforeAll
  static void beQuiet() {
    LOGGER.setLevel(Level.WARNING);
  }

  @Nested
  final class Factors extends FactorProperties {
    Factors() {
      super(provider());
    }
  }

  @Nested
  final class Algebra extends AlgebraProperties {
    Algebra() {
      super(provider());
    }
  }

  @Nested
  final class Invariances extends InvarianceProperties {
    Invariances() {
      super(provider());
    }
  }

  @Nested
  final class Partitions extends PartitionProperties {
    Partitions() {
      super(provider());
    }
  }

  @Nested
  final class LowRanks extends LowRankProperties {
    LowRanks() {
      super(provider());
    }
  }

  @Nested
  final class Examples extends ExampleProperties {
    Examples() {
      super(provider());
    }
  }

  @Nested
  final class Filters extends FilterProperties {
    Filters() {
      super(provider());
    }
  }
}
