using Gloss.Data;
using Gloss.Models.GroundingDino;
using Gloss.Tests.Inference.Grounding;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Tests.Models.GroundingDino;

public sealed class TextSeesStartTests
{
    [Fact]
    public void EncodeText_WithStart_EachTagIsReadAsASentenceOfItsOwn()
    {
        using var live = new LiveValues();
        Engine.Seed(3);
        using var model = new GroundingDinoModel(TinyGrounding.Config with { TextSeesStart = true });
        model.Train(false);
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.Inference();
        var tokenizer = TinyGrounding.Tokenizer;
        float[] Hidden(string[] tags, int tag)
        {
            var text = SubSentenceText.FromPhrases(tokenizer, [.. tags.Select(name => tokenizer.Encode(name))]);
            var (ids, mask, segments, positions) = TokenTensors.Pad([text], tokenizer.PadId);
            var trace = new Dictionary<string, Tensor>();
            model.EncodeText(ids, mask, segments, positions, trace);
            var hidden = trace["bert.last_hidden_state"].Select(0, 0)
                .Narrow(0, text.Phrases[tag].Start, text.Phrases[tag].Count).ToArray<float>();
            foreach (var kept in trace.Values)
                kept.Dispose();
            return hidden;
        }
        // As the tower alone reads "[CLS] dog .": positions 0, 1, 2, and all is seen.
        long[] sentence = [tokenizer.ClsId, tokenizer.IdOf("dog")!.Value, tokenizer.IdOf(".")!.Value];
        var alone = model.TextTower.Encode(Tensor.FromData(sentence, 1, 3), Tensor.FromData([1L, 1, 1], 1, 3))
            .Select(0, 0);

        var listed = Hidden(["red car", "dog", "house"], 1);

        Assert.Equal(Hidden(["dog"], 0), listed);
        Assert.NotEqual(Hidden(["red car", "dog", "house"], 2), listed);
        // [CLS] itself sees nothing else in a list, so that the first layer's words are what can be compared.
        Assert.Equal(listed.Length, alone.Select(0, 1).ToArray<float>().Length);
        Assert.All(listed.Zip(alone.Select(0, 1).ToArray<float>()),
            pair => Assert.Equal(pair.Second, pair.First, 1e-4f));
    }
}
