/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.digits;

import io.github.influence4j.internal.text.VisibleText;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;

/** Pieces of HTML. */
final class Html {
  private Html() {}

  /** Text that is safe between tags and in attributes, of HTML and of XML. */
  static String escape(String text) {
    return VisibleText.line(text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** A digit as an image inside the page. */
  static String picture(Digits digits, int digit, String alternative) {
    return "<img width=\"8\" height=\"8\" alt=\""
        + escape(alternative)
        + "\" src=\"data:image/png;base64,"
        + Base64.getEncoder().encodeToString(png(digits, digit))
        + "\"/>";
  }

  private static byte[] png(Digits digits, int digit) {
    BufferedImage image = new BufferedImage(Digits.SIDE, Digits.SIDE, BufferedImage.TYPE_BYTE_GRAY);
    for (int p = 0; p < Digits.PIXELS; p++) {
      double ink = digits.pixels()[digit * Digits.PIXELS + p];
      int grey = (int) Math.round(255 * (1 - ink));
      image.getRaster().setSample(p % Digits.SIDE, p / Digits.SIDE, 0, grey);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      ImageIO.setUseCache(false);
      ImageIO.write(image, "png", bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
