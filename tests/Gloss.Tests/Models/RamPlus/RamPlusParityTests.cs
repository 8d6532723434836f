using System.Text.Json;
using Gloss.Models.Clip;
using Gloss.Models.RamPlus;
using Gloss.Tests.Models.Clip;
using Gloss.Torch;

namespace Gloss.Tests.Models.RamPlus;

/// <summary>The small RAM++ against the official class's outputs; tolerances as for Tag2Text.</summary>
public sealed class RamPlusParityTests : IDisposable
{
    private readonly LiveValues live = new();
    private readonly RamPlusModel model;

    public RamPlusParityTests()
    {
        Assert.NotNull(RamFamilyReference.Path("ram_plus/model.pth"));
        model = new RamPlusModel(new RamPlusConfig
        {
            ImageEncoder = RamFamilyReference.Encoder([2, 2, 2, 2], [1, 2, 4, 8]),
            HiddenSize = 48, IntermediateSize = 192, Dropout = 0, Tags = RamFamilyReference.Tags,
        });
        RamFamilyReference.Load(model, "ram_plus/model.pth");
    }

    public void Dispose()
    {
        model.Dispose();
        live.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TagLogits_Photos_EqualTheOfficial(bool isPrepared)
    {
        if (isPrepared)
            model.PrepareForInference();
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("ram_plus/outputs.safetensors");
        var tokens = model.EncodeImages(RamFamilyReference.Photos(0, 1, 2));
        TensorAssert.Close(expected["image_embeds.cls"], tokens.Select(1, 0), 2e-4, "image_embeds.cls");
        var texts = model.Descriptions.Value.Reshape(RamFamilyReference.Tags, 51, 512);
        TensorAssert.Close(expected["reweight.logits.photo0"], model.DescriptionLogits(tokens, texts).Select(0, 0),
            2e-4, "reweight.logits");
        TensorAssert.Close(expected["reweight.weights"], model.DescriptionWeights(tokens, texts), 2e-5,
            "reweight.weights");
        TensorAssert.Close(expected["reweight.embedding.photo0.classes0to11"],
            model.Reweighted(tokens, texts).Select(0, 0).Narrow(0, 0, 12), 1e-4, "reweight.embedding");
        TensorAssert.Close(expected["label_queries"], model.Queries(tokens, texts), 1e-4, "label_queries");
        var layers = new List<Tensor>();
        var logits = model.TagLogits(tokens, intermediates: layers);
        for (var i = 0; i < layers.Count; i++)
        {
            using var layer = layers[i];
            TensorAssert.Close(expected[$"tagging_head.layer{i}"], layer, 2e-4, $"tagging_head.layer{i}");
        }
        TensorAssert.Close(expected["logits"], logits, 1e-4, "logits");
        TensorAssert.Close(expected["probs"], logits.Sigmoid(), 2e-5, "probabilities");
        var ids = Tensor.FromData([40L, 2], 2);
        TensorAssert.Close(logits.IndexSelect(1, ids), model.TagLogits(tokens, ids), 1e-4, "some tags");
    }

    [Fact]
    public void TagLogits_HalfPrecisionFile_EqualTheOfficial()
    {
        RamFamilyReference.Load(model, "ram_plus/model_fp16.pth");
        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("ram_plus/outputs.safetensors");
        TensorAssert.Close(expected["logits"], model.TagLogits(model.EncodeImages(RamFamilyReference.Photos(0, 1, 2))),
            1e-4, "logits");
    }

    [Fact]
    public void OpenSetLogits_RandomEmbeddings_EqualTheOfficial()
    {
        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("ram_plus/openset.safetensors");
        var tokens = model.EncodeImages(RamFamilyReference.Photos(0, 1, 2));
        var texts = expected["random.label_embed"].Reshape(-1, 51, 512);
        TensorAssert.Close(expected["random.logits"], model.OpenSetLogits(tokens, texts), 1e-4, "random");
    }

    [Fact]
    public void OpenSetLogits_Descriptions_EqualTheOfficial()
    {
        using var clip = ClipParityTests.Open("clip/model_jit.pt");
        using var json =
            JsonDocument.Parse(File.ReadAllText(RamFamilyReference.Path("ram_plus/openset_descriptions.json")));
        var descriptions = json.RootElement.EnumerateArray().SelectMany(tag => tag.EnumerateObject())
            .SelectMany(tag => tag.Value.EnumerateArray())
            .Select(text => text.GetString()!).ToList();
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("ram_plus/openset.safetensors");
        var embeddings = TagSentences.EmbedTexts(clip, ClipParityTests.Tokenizer(), descriptions,
            TestContext.Current.CancellationToken);
        TensorAssert.Close(expected["descriptions.label_embed.first32"], embeddings.Narrow(1, 0, 32), 1e-4,
            "label_embed");
        var tokens = model.EncodeImages(RamFamilyReference.Photos(0, 1, 2));
        TensorAssert.Close(expected["descriptions.logits"],
            model.OpenSetLogits(tokens, embeddings.Reshape(-1, 51, 512)), 1e-4, "logits");
    }

    [Fact]
    public void Train_TwoSteps_LossesGradientsAndValuesEqualTheOfficial() =>
        RamFamilyTraining.Check(model, "ram_plus/train.safetensors", data =>
        {
            using var scope = TensorScope.Begin();
            var tokens = model.EncodeImages(RamFamilyReference.Photos(0, 1));
            var logits = model.TagLogits(tokens);
            var tagging = RamFamilyTraining.TagLoss(logits, data["image_tag"]);
            var distillation = Gloss.Models.Ram.RamModel.DistillationLoss(tokens, data["clip_feature"]);
            var pairs = model.TextLogits(tokens, data["batch_text_embed"]);
            var alignment = Gloss.Losses.AlignmentLoss.Compute(pairs);
            var loss = tagging + distillation + alignment;
            return (scope.Return(loss), [("loss", scope.Return(loss)), ("loss_tag", scope.Return(tagging)),
                ("loss_dis", scope.Return(distillation)),
                ("loss_alignment", scope.Return(alignment)), ("alignment_logits", scope.Return(pairs)),
                ("logits", scope.Return(logits))]);
        });
}
