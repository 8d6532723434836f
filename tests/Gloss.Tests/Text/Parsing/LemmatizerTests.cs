using Gloss.Text.Parsing;

namespace Gloss.Tests.Text.Parsing;

public sealed class LemmatizerTests
{
    [Theory]
    [InlineData("Men", "NOUN/NNS", "man")]
    [InlineData("people", "NOUN/NNS", "people")]
    [InlineData("skis", "NOUN/NNS", "ski")]
    [InlineData("jeans", "NOUN/NNS", "jeans")]
    [InlineData("grass", "NOUN/NN", "grass")]
    [InlineData("scarves", "NOUN/NNS", "scarf")]
    [InlineData("beaches", "NOUN/NNS", "beach")]
    [InlineData("puppies", "NOUN/NNS", "puppy")]
    [InlineData("tutus", "NOUN/NNS", "tutu")]
    [InlineData("Emus", "NOUN/NN", "emu")]
    [InlineData("bus", "NOUN/NN", "bus")]
    [InlineData("cactus", "NOUN/NNS", "cactus")]
    [InlineData("t-shirts", "NOUN/NNS", "t-shirt")]
    [InlineData("running", "VERB/VBG", "run")]
    [InlineData("riding", "VERB/VBG", "ride")]
    [InlineData("jumping", "VERB/VBG", "jump")]
    [InlineData("skateboarding", "VERB/VBG", "skateboard")]
    [InlineData("juggling", "VERB/VBG", "juggle")]
    [InlineData("lies", "VERB/VBZ", "lie")]
    [InlineData("catches", "VERB/VBZ", "catch")]
    [InlineData("carried", "VERB/VBD", "carry")]
    [InlineData("worn", "VERB/VBN", "wear")]
    [InlineData("flown", "VERB/VBN", "fly")]
    [InlineData("shook", "VERB/VBD", "shake")]
    [InlineData("fled", "VERB/VBD", "flee")]
    [InlineData("taped", "VERB/VBN", "tape")]
    [InlineData("raking", "VERB/VBG", "rake")]
    [InlineData("tapped", "VERB/VBD", "tap")]
    [InlineData("quilting", "VERB/VBG", "quilt")]
    [InlineData("bigger", "ADJ/JJR", "big")]
    public void Lemmatize_Word_GivesDictionaryForm(string word, string tag, string lemma) =>
        Assert.Equal(lemma, Lemmatizer.Default.Lemmatize(word, PosTag.Parse(tag)));
}
