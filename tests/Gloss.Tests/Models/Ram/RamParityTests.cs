using System.Text.Json;
using Gloss.Data;
using Gloss.Models.Generation;
using Gloss.Models.Ram;
using Gloss.Models.Swin;
using Gloss.Torch;

namespace Gloss.Tests.Models.Ram;

/// <summary>The small RAM against the official class's outputs; tolerances as for Tag2Text.</summary>
public sealed class RamParityTests : IDisposable
{
    private readonly LiveValues live = new();
    private readonly RamModel model;

    public RamParityTests()
    {
        Assert.NotNull(RamFamilyReference.Path("ram/model.pth"));
        model = new RamModel(new RamConfig
        {
            ImageEncoder = RamFamilyReference.Encoder([2, 2, 4, 2], [2, 4, 4, 8]),
            HiddenSize = 48, Heads = 12, IntermediateSize = 192, TagEncoderLayers = 3, TextDecoderLayers = 3,
            Dropout = 0,
            Tags = RamFamilyReference.Tags,
        });
        RamFamilyReference.Load(model, "ram/model.pth");
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
        var expected = RamFamilyReference.Tensors("ram/outputs.safetensors");
        var pixels = RamFamilyReference.Photos(0, 1, 2);
        TensorAssert.Close(expected["swin.cls"], model.VisualEncoder.Forward(pixels).Select(1, 0), 2e-4, "swin.cls");
        var tokens = model.EncodeImages(pixels);
        TensorAssert.Close(expected["image_embeds.cls"], tokens.Select(1, 0), 2e-4, "image_embeds.cls");
        TensorAssert.Close(expected["image_embeds.every5"], tokens.Narrow(0, 0, 1).Slice(1, 0, 50, 5), 2e-4,
            "image_embeds");
        TensorAssert.Close(expected["label_queries"], model.Queries(model.LabelEmbeddings.Value).Select(0, 0), 1e-5,
            "label_queries");
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
    public void Swin_EveryStage_EqualsTheOfficial()
    {
        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("ram/outputs.safetensors");
        var swin = Assert.IsType<SwinTransformer>(model.VisualEncoder);
        var x = swin.EmbedPatches(RamFamilyReference.Photos(0));
        var every = new[] { 5, 3, 1, 1 };
        for (var i = 0; i < 4; i++)
        {
            x = swin.Stages[i].Forward(x);
            var tokens = x.Flatten(1, 2);
            var name = every[i] == 1 ? $"swin.stage{i}" : $"swin.stage{i}.every{every[i]}";
            TensorAssert.Close(expected[name], tokens.Slice(1, 0, tokens.Size(1), every[i]), 2e-4, name);
        }
    }

    [Theory]
    [InlineData("random")]
    [InlineData("ensemble")]
    public void OpenSetLogits_GivenEmbeddings_EqualTheOfficial(string kind)
    {
        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("ram/openset.safetensors");
        var tokens = model.EncodeImages(RamFamilyReference.Photos(0, 1, 2));
        TensorAssert.Close(expected[$"{kind}.logits"], model.OpenSetLogits(tokens, expected[$"{kind}.label_embed"]),
            1e-4, kind);
    }

    [Fact]
    public void OpenSetLogits_AsManyTagsAsTheVocabularyWhenPrepared_AreNotTheVocabularys()
    {
        using var scope = TensorScope.Begin();
        var tokens = model.EncodeImages(RamFamilyReference.Photos(0));
        var others = model.LabelEmbeddings.Value.Flip(0);
        var before = model.OpenSetLogits(tokens, others);
        model.PrepareForInference();
        TensorAssert.Close(before, model.OpenSetLogits(tokens, others), 1e-4);
    }

    [Theory]
    [InlineData("beam3_default")]
    [InlineData("beam3_cli")]
    [InlineData("beam3_coco")]
    [InlineData("beam3_rep1.3")]
    [InlineData("beam3_user")]
    [InlineData("beam1")]
    [InlineData("beam1_coco")]
    public void Caption_EverySetting_SameTokenIds(string setting)
    {
        var texts = RamFamilyTraining.Texts();
        using var json = JsonDocument.Parse(File.ReadAllText(RamFamilyReference.Path("ram/captions.json")));
        if (!json.RootElement.TryGetProperty(setting, out var run))
            return;
        var settings = run.GetProperty("settings");
        var options = new GenerationOptions
        {
            Beams = settings.GetProperty("num_beams").GetInt32(), MaxLength = settings.GetProperty("max_length")
                .GetInt32(),
            MinLength = settings.GetProperty("min_length").GetInt32(),
            RepetitionPenalty = settings.GetProperty("repetition_penalty").GetDouble(),
        };
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var tags = run.GetProperty("tag_input").EnumerateArray()
            .Select(t => texts.EncodeTags(t.GetString()!.Split(" | "))).ToList();
        var (ids, mask) = TokenTensors.Pad(tags, texts.PaddingId, 40);
        var context = model.EncodeTags(ids, mask, model.EncodeImages(RamFamilyReference.Photos(0, 1, 2)));
        var results = BeamSearch.Run(model.TextDecoder, context, texts.Prompt, options);
        for (var i = 0; i < results.Length; i++)
        {
            var expected = run.GetProperty("token_ids")[i].EnumerateArray().Select(t => t.GetInt32())
                .Where(t => t is not (0 or 102)).ToArray();
            Assert.Equal(expected, results[i].Tokens);
        }
    }

    [Fact]
    public void Train_TwoSteps_LossesGradientsAndValuesEqualTheOfficial() =>
        RamFamilyTraining.Check(model, "ram/train.safetensors", data =>
        {
            using var scope = TensorScope.Begin();
            var tokens = model.EncodeImages(RamFamilyReference.Photos(0, 1));
            var logits = model.TagLogits(tokens);
            var tagging = RamFamilyTraining.TagLoss(logits, data["image_tag"]);
            var language = RamFamilyTraining.LanguageLoss(model.TextDecoder,
                (ids, mask) => model.EncodeTags(ids, mask, tokens), data);
            var distillation = RamModel.DistillationLoss(tokens, data["clip_feature"]);
            var loss = language + Gloss.Losses.BalancedLoss.Scale(tagging, language) + distillation;
            return (scope.Return(loss), [("loss", scope.Return(loss)), ("loss_t2t", scope.Return(language)),
                ("loss_tag", scope.Return(tagging)),
                ("loss_dis", scope.Return(distillation)), ("logits", scope.Return(logits))]);
        });
}
