using System.Text.Json;
using Gloss.Evaluation;

namespace Gloss.Tests.Evaluation;

public sealed class PtbTokenizerTests
{
    [Theory]
    [InlineData("A man's dog isn't here.", "a man 's dog is n't here .")]
    [InlineData("they cannot, GONNA 'tis", "they can not , gon na 't is")]
    [InlineData("(well-known) 5:30 p.m.", "-lrb- well-known -rrb- 5:30 p.m.")]
    [InlineData("wait...what?!", "wait ... what ?!")]
    [InlineData("Mr. Smith, Jr. Smith", "mr. smith , jr. . smith")]
    [InlineData("costs $5.50, \u20AC3 or \u00BD", "costs $ 5.50 , $ 3 or 1/2")]
    [InlineData("line\nbreak\r\n", "line break")]
    [InlineData("", "")]
    public void Tokenize_Text_GivesTreebankTokens(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', PtbTokenizer.Tokenize(text)));

    [Theory]
    [InlineData("A dog , a cat ; (both) run .", "a dog a cat -lrb- both -rrb- run")]
    [InlineData("wow !!! really ?", "wow !!! really")]
    [InlineData(" . , ", "")]
    public void Clean_Text_LeavesPunctuationOut(string text, string expected) =>
        Assert.Equal(expected, PtbTokenizer.Clean(text));

    [Fact]
    public void Tokenize_AnyCharacters_GivesTokensWithoutBlanks()
    {
        const string Alphabet = "aB'n t.,-_/&<>;:()\"$#@!?1\u00AD\u00BD\u20AC\u2019\u200B\uD83D\uDC36\u72AC\n";
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            var text = new string([.. Enumerable.Range(0, 30).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            foreach (var token in PtbTokenizer.Tokenize(text))
                Assert.True(token.Length > 0 && !token.Contains(' ') && !token.Contains('\n'), $"[{token}] of {text}");
        }
    }

    [Fact]
    public void Tokenize_OfficialStrings_AreEqual()
    {
        var faults = new List<string>();
        foreach (var line in File.ReadLines(ReferenceData.Require("reference/metrics/ptb.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var text = document.RootElement.GetProperty("text").GetString()!;
            Compare(text, document.RootElement.GetProperty("raw").GetString()!,
                string.Join(' ', PtbTokenizer.Tokenize(text)), faults);
            Compare(text, document.RootElement.GetProperty("clean").GetString()!, PtbTokenizer.Clean(text), faults);
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void Clean_OfficialCaptions_AreEqual()
    {
        var faults = new List<string>();
        foreach (var item in CaptionReference.Items())
        {
            Compare(item.Hypothesis, item.HypothesisTokens, PtbTokenizer.Clean(item.Hypothesis), faults);
            foreach (var (text, tokens) in item.References.Zip(item.ReferenceTokens))
                Compare(text, tokens, PtbTokenizer.Clean(text), faults);
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static void Compare(string text, string expected, string actual, List<string> faults)
    {
        if (expected != actual)
            faults.Add($"{text}: expected [{expected}], got [{actual}]");
    }
}
