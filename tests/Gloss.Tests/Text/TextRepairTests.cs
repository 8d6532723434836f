using Gloss.Text;
using Gloss.Text.Unicode;

namespace Gloss.Tests.Text;

public sealed class TextRepairTests
{
    [Theory]
    [InlineData("cafÃ© rÃ©sumÃ©", "café résumé")]
    [InlineData("donâ€™t", "don't")]
    [InlineData("â€œquotesâ€\u009D", "\"quotes\"")]
    [InlineData("lâ€™humanitÃ© of the ’90s", "l'humanité of the '90s")]
    [InlineData("voilÃ  le travail", "voilà le travail")]
    [InlineData("ðŸ\u0090¶ dog", "🐶 dog")]
    [InlineData("Ã\u0083Â©", "é")]
    [InlineData("donвЂ™t", "don't")]
    [InlineData("caf√©", "café")]
    public void Repair_Mojibake_IsReadAnew(string text, string expected) =>
        Assert.Equal(expected, TextRepair.Repair(text));

    [Theory]
    [InlineData("AHÅ™, the new sofa from IKEA®")]
    [InlineData("not such a fan of Charlotte Brontë…”")]
    [InlineData("São Paulo, à la carte, Ålesund, Þór, naïve")]
    [InlineData("5° – 10 µm ± 2 €")]
    [InlineData("Съешь ещё этих мягких французских булок № 5")]
    public void Repair_SoundText_KeepsItsLetters(string text) =>
        Assert.Equal(text.Replace('”', '"'), TextRepair.Repair(text));

    [Theory]
    [InlineData("\u201Ccurly\u201D \u2018q\u2019", "\"curly\" 'q'")]
    [InlineData("ﬁsh ŉ Ǆ", "fish 'n DŽ")]
    [InlineData("ＡＢＣ\u3000ｶﾞ", "ABC ガ")]
    [InlineData("e\u0301", "é")]
    [InlineData("\x1B[36;44mblue\x1B[0m", "blue")]
    [InlineData("a\0b\u007F\uFEFFc\uFFFC", "abc")]
    [InlineData("a\r\nb\rc\u2028d", "a\nb\nc\nd")]
    [InlineData("\x85 \x91x\x92", "… 'x'")]
    [InlineData("&amp;lt; &EACUTE;", "< É")]
    [InlineData("<b>&amp;</b>", "<b>&amp;</b>")]
    public void Repair_OddCharacters_AreReplaced(string text, string expected) =>
        Assert.Equal(expected, TextRepair.Repair(text));

    [Fact]
    public void RepairAndEncode_LoneSurrogate_IsReplacedOrDropped()
    {
        // Built here, since attribute arguments cannot hold a lone surrogate.
        var text = $"a{(char)0xD83D} {(char)0xDC36}a";

        Assert.Equal("a\uFFFD \uFFFDa", TextRepair.Repair(text));
        Assert.Equal(
            [5, 5],
            new WordPieceTokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a"]).Encode(text));
    }

    [Theory]
    [InlineData("&notit; &amp &lt;&#65;&#x42;&#x80;", "¬it; & <AB€")]
    [InlineData("&#0;&#1;&#xD800;&#99999999999;", "\uFFFD\uFFFD\uFFFD")]
    [InlineData("&unknown; & &; &#; &#x;", "&unknown; & &; &#; &#x;")]
    public void Unescape_References_AreResolvedAsHtml5Does(string text, string expected) =>
        Assert.Equal(expected, HtmlEntities.Unescape(text));

    [Theory]
    [InlineData("\u1100\u1161\u11A8", "각")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u212B", "Å")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("a\u0315\u0300\u05AE\u0300b", "\u00E0\u05AE\u0300\u0315b")]
    public void Nfc_Text_IsComposedInCanonicalOrder(string text, string expected) =>
        Assert.Equal(expected, Composition.Nfc(text));

    [Theory]
    [InlineData("ΣΊΣΥΦΟΣ", "σίσυφος")]
    [InlineData("Σ ΑΣ'Α ΑΣ.", "σ ασ'α ας.")]
    [InlineData("İ𐐀", "i\u0307𐐨")]
    public void LowerCase_Text_FollowsTheFullMapping(string text, string expected) =>
        Assert.Equal(expected, LowerCase.Of(text));
}
