using System.Text.Json;
using Gloss.Models.Bert;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Tests.Models.Bert;

public sealed class SentenceEncoderTests
{
    [Fact]
    public void Embed_MiniLm_EqualsTheOriginal()
    {
        var folder = ReferenceData.Require("pretrained/minilm");
        var tokenizer = WordPieceTokenizer.Load(ReferenceData.Require("data/text/bert/vocab.txt"));
        using var live = new LiveValues();
        using var encoder = SentenceEncoder.Open(folder, tokenizer);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "reference.json")));
        string[] texts = [.. json.RootElement.GetProperty("texts").EnumerateArray().Select(t => t.GetString()!)];
        using var scope = TensorScope.Begin();
        using var reference = SafetensorsFile.Open(Path.Combine(folder, "reference.safetensors"));

        TensorAssert.Close(reference.Read("embedding"), encoder.Embed(texts), 1e-5, "embedding");
    }

    [Fact]
    public void Open_OtherVocabulary_SaysSo()
    {
        var folder = ReferenceData.Require("pretrained/minilm");
        var other = new WordPieceTokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a"]);

        var error = Assert.Throws<CheckpointException>(() => SentenceEncoder.Open(folder, other));

        Assert.Contains("hint: is this the vocabulary that belongs to the tower?", error.Message,
            StringComparison.Ordinal);
    }
}
