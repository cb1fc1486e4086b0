/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HtmlTest {
  @Test
  void markupBecomesText() {
    assertThat(Html.text("<b>&\"'</b>]]>")).isEqualTo("&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;]]&gt;");
    assertThat(Html.plain("</title>")).isEqualTo("&lt;/title&gt;");
  }

  @Test
  void whatCannotBeSeenIsShown() {
    assertThat(Html.plain("\0\r\u007f\u0085")).isEqualTo("U+0000U+000DU+007FU+0085");
    assertThat(Html.text("\0")).isEqualTo("<i class=x>U+0000</i>");
    assertThat(Html.text("a\u202eb")).isEqualTo("a<i class=x>U+202E</i>b");
    assertThat(Html.plain("\u200e\u061c\u2066\u2069\u00ad\ufeff\u200b\u2028"))
        .isEqualTo("U+200EU+061CU+2066U+2069U+00ADU+FEFFU+200BU+2028");
    assertThat(Html.plain("\ud800 \udc00 \uffff")).isEqualTo("U+D800 U+DC00 U+FFFF");
  }

  @Test
  void scriptsAndEmojiStayWhole() {
    String text = "नमस्ते שלום 你好 👩\u200d🚀 می\u200cخواهم";
    assertThat(Html.text(text)).isEqualTo(text);
  }

  /** The style sheet draws the marks, so that a copy has the characters only. */
  @Test
  void whiteSpaceOfTokensIsMarked() {
    assertThat(Html.token(" a\t\n")).isEqualTo("<i> </i>a<i class=t>\t</i><i class=n></i>\n");
    assertThat(Html.text(" a\t\n")).isEqualTo(" a\t\n");
  }
}
