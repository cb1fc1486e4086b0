/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Methods that a class file calls, by its constant pool (Java Virtual Machine Specification, 4.4).
 */
final class ClassReferences {
  private static final int UTF8 = 1;
  private static final int CLASS = 7;
  private static final int METHOD = 10;
  private static final int NAME_AND_TYPE = 12;

  private final Map<Integer, String> texts = new HashMap<>();
  private final Map<Integer, Integer> classes = new HashMap<>();
  private final Map<Integer, Integer> names = new HashMap<>();
  private final Map<Integer, int[]> methods = new HashMap<>();

  private ClassReferences() {}

  /** Names of the methods of classes of a package that a class file calls. */
  static Set<String> methods(Path classFile, String packagePath) throws IOException {
    ClassReferences pool = new ClassReferences();
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(classFile)))) {
      pool.read(in);
    }
    Set<String> found = new TreeSet<>();
    for (int[] method : pool.methods.values()) {
      String owner = pool.texts.get(pool.classes.get(method[0]));
      if (owner.startsWith(packagePath)) {
        found.add(pool.texts.get(pool.names.get(method[1])));
      }
    }
    return found;
  }

  private void read(DataInputStream in) throws IOException {
    in.skipNBytes(8);
    int count = in.readUnsignedShort();
    for (int i = 1; i < count; i++) {
      int tag = in.readUnsignedByte();
      switch (tag) {
        case UTF8 -> texts.put(i, in.readUTF());
        case CLASS -> classes.put(i, in.readUnsignedShort());
        case METHOD -> methods.put(i, new int[] {in.readUnsignedShort(), in.readUnsignedShort()});
        case NAME_AND_TYPE -> {
          names.put(i, in.readUnsignedShort());
          in.skipNBytes(2);
        }
        default -> {
          in.skipNBytes(size(tag));
          // A long or a double takes two places.
          i += tag == 5 || tag == 6 ? 1 : 0;
        }
      }
    }
  }

  private static int size(int tag) {
    return switch (tag) {
      case 8, 16, 19, 20 -> 2;
      case 15 -> 3;
      case 3, 4, 9, 11, 17, 18 -> 4;
      case 5, 6 -> 8;
      default -> throw new IllegalArgumentException("constant pool tag " + tag);
    };
  }
}
