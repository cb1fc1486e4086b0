/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.PaddingMode;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Unfolder;
import io.github.influence4j.testing.SeededRandom;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Unfolding moves elements: to the last bit what a loop over the definition gives, of whatever
 * elements, NaNs with their payload among them.
 */
@Tag("unfold")
abstract class UnfoldContract extends BackendContract {
  /** Where the elements of a test lie. */
  private enum Storage {
    ARRAY,
    DIRECT,
    HEAP,
    UNALIGNED,
    READ_ONLY
  }

  UnfoldContract(BackendProvider backends) {
    super(backends);
  }

  private ComputeBackend backend() {
    return open(Precision.F32).backend();
  }

  /** Strides, dilations, kernels and paddings of both directions that differ. */
  private static List<Conv2d> geometries(PaddingMode mode) {
    List<Conv2d> all = new ArrayList<>();
    for (int groups : new int[] {1, 2, 4}) {
      Conv2d square = Conv2d.of(4, 8, 3).withGroups(groups).withPaddingMode(mode);
      Conv2d oblong = Conv2d.of(4, 4, 2, 4).withGroups(groups).withPaddingMode(mode);
      for (int stride = 1; stride <= 3; stride++) {
        for (int dilation = 1; dilation <= 2; dilation++) {
          for (int padding = 0; padding <= 2; padding++) {
            all.add(square.withStride(stride).withDilation(dilation).withPadding(padding));
            all.add(
                oblong
                    .withStride(stride, 4 - stride)
                    .withDilation(dilation, 3 - dilation)
                    .withPadding(padding, 3 - padding));
          }
        }
      }
    }
    return all;
  }

  @ParameterizedTest
  @EnumSource(PaddingMode.class)
  void movesEveryElementToItsPlace(PaddingMode mode) {
    Random random = SeededRandom.at("unfold " + mode);
    List<ElementType> types = List.of(ElementType.values());
    List<Storage> storages = List.of(Storage.values());
    try (ComputeBackend backend = backend();
        Unfolder unfolder = backend.unfolder()) {
      int turn = 0;
      for (Conv2d geometry : geometries(mode)) {
        // The image of the definition, and one that no kernel is wider than.
        for (int width : new int[] {7, 45}) {
          ElementType type = types.get(turn % types.size());
          Storage storage = storages.get(turn / types.size() % storages.size());
          turn++;
          assertUnfolds(backend, unfolder, geometry, random(random, 3, 4, 6, width), type, storage);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void readsAnyMemory(ElementType type) {
    Random random = SeededRandom.at("unfold " + type);
    Conv2d geometry = Conv2d.of(3, 5, 3, 2).withPadding(1, 0).withStride(2, 1);
    try (ComputeBackend backend = backend();
        Unfolder unfolder = backend.unfolder()) {
      for (Storage storage : Storage.values()) {
        assertUnfolds(backend, unfolder, geometry, random(random, 2, 3, 5, 4), type, storage);
      }
    }
  }

  /** More images than one piece of work, in turns with fewer. */
  @Test
  void usesItsMemoryAgain() {
    Random random = SeededRandom.at("unfold again");
    Conv2d geometry = Conv2d.of(2, 2, 5).withPadding(2).withPaddingMode(PaddingMode.REFLECT);
    try (ComputeBackend backend = backend();
        Unfolder unfolder = backend.unfolder()) {
      for (int images : new int[] {1, 9, 2, 30, 0, 3}) {
        for (Storage storage : new Storage[] {Storage.ARRAY, Storage.DIRECT}) {
          long[][][][] batch = random(random, images, 2, 20, 21);
          assertUnfolds(backend, unfolder, geometry, batch, ElementType.F32, storage);
          assertUnfolds(backend, unfolder, geometry, batch, ElementType.F64, storage);
        }
      }
    }
  }

  /** Gradients at outputs, flat convolutions, and kernels as large as the image. */
  @Test
  void unfoldsWhatIsFlat() {
    Random random = SeededRandom.at("unfold flat");
    Conv2d[] geometries = {
      Conv2d.of(37, 37, 1),
      Conv2d.of(37, 4, 1, 5).withPadding(0, 4).withPaddingMode(PaddingMode.CIRCULAR),
      Conv2d.of(37, 4, 1, 33).withPadding(0, 1),
      Conv2d.of(37, 4, 1, 9).withStride(1, 9)
    };
    try (ComputeBackend backend = backend();
        Unfolder unfolder = backend.unfolder()) {
      for (Conv2d geometry : geometries) {
        for (ElementType type : ElementType.values()) {
          long[][][][] batch = random(random, 2, 37, 1, 33);
          assertUnfolds(backend, unfolder, geometry, batch, type, Storage.DIRECT);
        }
      }
    }
  }

  /** All padding. */
  @Test
  void unfoldsImagesWithoutPixels() {
    Conv2d geometry = Conv2d.of(2, 2, 2).withPadding(1);
    try (ComputeBackend backend = backend();
        Unfolder unfolder = backend.unfolder()) {
      for (Storage storage : Storage.values()) {
        long[][][][] batch = new long[3][2][4][0];
        assertUnfolds(backend, unfolder, geometry, batch, ElementType.F32, storage);
      }
    }
  }

  @Test
  void severalAtATimeKeepTheirRows() {
    Random random = SeededRandom.at("unfold two");
    Conv2d geometry = Conv2d.of(1, 1, 2);
    long[][][][] one = random(random, 1, 1, 3, 3);
    long[][][][] other = random(random, 1, 1, 3, 3);
    try (ComputeBackend backend = backend();
        Unfolder first = backend.unfolder();
        Unfolder second = backend.unfolder()) {
      TensorView rows = first.unfold(geometry, view(one, ElementType.F32, Storage.DIRECT));
      second.unfold(geometry, view(other, ElementType.F32, Storage.DIRECT));
      assertSame(backend.toHost(rows), unfolded(geometry, one));
    }
  }

  @Test
  void moreThanTwoGibibytesAreRefused() {
    ElementType type = ElementType.F32;
    TensorView images = TensorView.of(ByteBuffer.allocateDirect(4 << 16), type, 1, 1, 256, 256);
    try (ComputeBackend backend = backend();
        Unfolder unfolder = backend.unfolder()) {
      Conv2d huge = Conv2d.of(1, 1, 255).withPadding(127);
      assertThatThrownBy(() -> unfolder.unfold(huge, images))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "A batch unfolds to 65536 x 65025 values of one layer, more than 2 GiB; pass smaller"
                  + " batches.");
    }
  }

  @Test
  void isOpenUntilItIsClosed() {
    Conv2d geometry = Conv2d.of(1, 1, 2);
    TensorView images = TensorView.of(new float[9], 1, 1, 3, 3);
    ComputeBackend backend = backend();
    Unfolder unfolder = backend.unfolder();
    Unfolder unused = backend.unfolder();
    unfolder.unfold(geometry, images);
    unfolder.close();
    unfolder.close();
    assertThatThrownBy(() -> unfolder.unfold(geometry, images))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("already closed");
    backend.close();
    assertThatThrownBy(() -> unused.unfold(geometry, images))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(backend::unfolder).isInstanceOf(IllegalStateException.class);
    assertThatCode(unused::close).doesNotThrowAnyException();
  }

  private static void assertUnfolds(
      ComputeBackend backend,
      Unfolder unfolder,
      Conv2d geometry,
      long[][][][] images,
      ElementType type,
      Storage storage) {
    TensorView rows = unfolder.unfold(geometry, view(images, type, storage));
    assertThat(rows.type()).isEqualTo(type);
    TensorView host = backend.toHost(rows);
    long[][] expected = unfolded(geometry, images);
    int columns = geometry.inChannels() * geometry.kernelHeight() * geometry.kernelWidth();
    assertThat(host.shape()).as("%s", geometry).containsExactly(expected.length, columns);
    assertSame(host, expected);
  }

  private static void assertSame(TensorView actual, long[][] expected) {
    ByteBuffer bytes = Objects.requireNonNull(actual.byteBuffer());
    long[] elements = new long[actual.elements()];
    Arrays.setAll(elements, i -> bits(bytes, actual.type(), i));
    assertThat(elements)
        .isEqualTo(
            Arrays.stream(expected)
                .flatMapToLong(Arrays::stream)
                .map(element -> low(element, actual.type()))
                .toArray());
  }

  private static long bits(ByteBuffer bytes, ElementType type, int at) {
    return switch (type.bytes()) {
      case 2 -> bytes.getShort(2 * at) & 0xffffL;
      case 4 -> bytes.getInt(4 * at) & 0xffffffffL;
      default -> bytes.getLong(8 * at);
    };
  }

  private static long low(long bits, ElementType type) {
    return type.bytes() == 8 ? bits : bits & (-1L >>> (64 - 8 * type.bytes()));
  }

  /** The definition. */
  private static long[][] unfolded(Conv2d conv, long[][][][] images) {
    List<long[]> rows = new ArrayList<>();
    for (long[][][] image : images) {
      int height = (int) conv.outputHeight(image[0].length);
      int width = (int) conv.outputWidth(image[0][0].length);
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          long[] row = new long[image.length * conv.kernelHeight() * conv.kernelWidth()];
          int column = 0;
          for (long[][] channel : image) {
            for (int i = 0; i < conv.kernelHeight(); i++) {
              for (int j = 0; j < conv.kernelWidth(); j++) {
                row[column++] =
                    padded(
                        channel,
                        y * conv.strideHeight() + i * conv.dilationHeight() - conv.paddingHeight(),
                        x * conv.strideWidth() + j * conv.dilationWidth() - conv.paddingWidth(),
                        conv.paddingMode());
              }
            }
          }
          rows.add(row);
        }
      }
    }
    return rows.toArray(new long[0][]);
  }

  private static long padded(long[][] image, int row, int column, PaddingMode mode) {
    int y = inside(row, image.length, mode);
    int x = inside(column, image[0].length, mode);
    return y < 0 || x < 0 ? 0 : image[y][x];
  }

  /** By walking: back from the border, or on at the other side. */
  private static int inside(int position, int size, PaddingMode mode) {
    int at = position;
    int step = position < 0 ? 1 : -1;
    if (mode == PaddingMode.ZEROS) {
      return position < 0 || position >= size ? -1 : position;
    }
    while (at < 0 || at >= size) {
      at =
          switch (mode) {
            case REPLICATE -> at + step;
            case CIRCULAR -> at + step * size;
            default -> at < 0 ? -at : size - 1 - (at - (size - 1));
          };
    }
    return at;
  }

  private static long[][][][] random(Random random, int n, int channels, int height, int width) {
    long[][][][] images = new long[n][channels][height][width];
    for (long[][][] image : images) {
      for (long[][] channel : image) {
        for (long[] row : channel) {
          for (int x = 0; x < width; x++) {
            row[x] = random.nextLong();
          }
        }
      }
    }
    return images;
  }

  /** Arrays where there are arrays of the type. */
  private static TensorView view(long[][][][] images, ElementType type, Storage storage) {
    long[] shape = {images.length, 1, 1, 1};
    List<Long> elements = new ArrayList<>();
    for (long[][][] image : images) {
      shape[1] = image.length;
      shape[2] = image[0].length;
      shape[3] = image[0][0].length;
      for (long[][] channel : image) {
        for (long[] row : channel) {
          for (long element : row) {
            elements.add(element);
          }
        }
      }
    }
    if (storage == Storage.ARRAY && type == ElementType.F32) {
      float[] floats = new float[elements.size()];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = Float.intBitsToFloat(elements.get(i).intValue());
      }
      return TensorView.of(floats, shape);
    }
    if (storage == Storage.ARRAY && type == ElementType.F64) {
      double[] doubles = new double[elements.size()];
      for (int i = 0; i < doubles.length; i++) {
        doubles[i] = Double.longBitsToDouble(elements.get(i));
      }
      return TensorView.of(doubles, shape);
    }
    int bytes = elements.size() * type.bytes();
    int shift = storage == Storage.UNALIGNED ? 1 : 0;
    ByteBuffer buffer =
        storage == Storage.HEAP
            ? ByteBuffer.allocate(bytes)
            : ByteBuffer.allocateDirect(bytes + shift).position(shift).slice();
    buffer.order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < elements.size(); i++) {
      switch (type.bytes()) {
        case 2 -> buffer.putShort(2 * i, elements.get(i).shortValue());
        case 4 -> buffer.putInt(4 * i, elements.get(i).intValue());
        default -> buffer.putLong(8 * i, elements.get(i));
      }
    }
    ByteBuffer view = storage == Storage.READ_ONLY ? buffer.asReadOnlyBuffer() : buffer;
    return TensorView.of(view, type, shape);
  }
}
