using System.Text.Json;
using Gloss.Data;
using Gloss.Models.Generation;
using Gloss.Models.Swin;
using Gloss.Models.Tag2Text;
using Gloss.Torch;

namespace Gloss.Tests.Models.Tag2Text;

/// <summary>
/// The small Tag2Text against the official classes' outputs. Logits within 1e-4 (they differ from double precision by
/// 3e-6), tokens inside the network within 2e-4, ids exactly.
/// </summary>
public sealed class Tag2TextParityTests : IDisposable
{
    private readonly LiveValues live = new();
    private readonly Tag2TextModel model;

    public Tag2TextParityTests()
    {
        var path = RamFamilyReference.Path("tag2text/model.pth");
        Assert.NotNull(path);
        model = new Tag2TextModel(Config());
        RamFamilyReference.Load(model, "tag2text/model.pth");
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
        var expected = RamFamilyReference.Tensors("tag2text/outputs.safetensors");
        var tokens = model.EncodeImages(RamFamilyReference.Photos(0, 1, 2));
        TensorAssert.Close(expected["swin.tokens"], tokens.Narrow(0, 0, 1), 2e-4, "swin.tokens");
        TensorAssert.Close(expected["swin.cls"], tokens.Select(1, 0), 2e-4, "swin.cls");
        var layers = new List<Tensor>();
        var logits = model.TagLogits(tokens, intermediates: layers);
        for (var i = 0; i < layers.Count; i++)
        {
            using var layer = layers[i];
            TensorAssert.Close(expected[$"tagging_head.layer{i}"], layer, 2e-4, $"tagging_head.layer{i}");
        }
        TensorAssert.Close(expected["logits"], logits, 1e-4, "logits");
        TensorAssert.Close(expected["logits_f64"], logits, 1e-4, "logits in double precision");
        TensorAssert.Close(expected["probs"], logits.Sigmoid(), 2e-5, "probabilities");
    }

    [Fact]
    public void TagLogits_SomeTags_EqualThoseOfAll()
    {
        using var scope = TensorScope.Begin();
        var tokens = model.EncodeImages(RamFamilyReference.Photos(0, 1));
        var ids = Tensor.FromData([47L, 3, 12], 3);
        TensorAssert.Close(model.TagLogits(tokens).IndexSelect(1, ids), model.TagLogits(tokens, ids), 1e-5);
    }

    [Fact]
    public void Swin_EveryStage_EqualsTheOfficial()
    {
        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("tag2text/outputs.safetensors");
        var swin = Assert.IsType<SwinTransformer>(model.VisualEncoder);
        var x = swin.EmbedPatches(RamFamilyReference.Photos(0));
        Check("swin.patch_embed.every3", x, 3);
        var inside = x;
        for (var i = 0; i < 2; i++)
        {
            inside = swin.Stages[0].ForwardBlock(i, inside);
            Check($"swin.stage0.block{i}.every5", inside, 5);
        }
        for (var i = 0; i < 4; i++)
        {
            x = swin.Stages[i].Forward(x);
            Check($"swin.stage{i}", x, 1);
        }

        void Check(string name, Tensor map, int every)
        {
            var tokens = map.Flatten(1, 2);
            TensorAssert.Close(expected[name], tokens.Slice(1, 0, tokens.Size(1), every), 2e-4, name);
        }
    }

    [Fact]
    public void Load_OtherWindow_ResamplesAsTheOfficialLoader()
    {
        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("tag2text/loaded_at_384.safetensors");
        using var large = new Tag2TextModel(Config(384, 12));
        RamFamilyReference.Load(large, "tag2text/model.pth");
        var table = large.State()["visual_encoder.layers.3.blocks.1.attn.relative_position_bias_table"];
        TensorAssert.Close(expected["table.layers.3.blocks.1"], table, 1e-5, "table");

        using var decoder = Decoded("photo0.png", 384);
        var tokens = large.EncodeImages(decoder);
        TensorAssert.Close(expected["photo0.swin.cls"], tokens.Select(1, 0), 2e-4, "swin.cls");
        TensorAssert.Close(expected["photo0.logits"], large.TagLogits(tokens), 1e-4, "logits");
    }

    [Fact]
    public void Load_OldFile_GivesTheSameLogits()
    {
        // An old file of the tagging part alone, whose head is called vision_multi.
        using var old = new Tag2TextModel(Config());
        RamFamilyReference.Load(old, "tag2text/model_legacy.pth",
            name => name.StartsWith("text_decoder.", StringComparison.Ordinal)
                || name.StartsWith("tag_encoder.", StringComparison.Ordinal));
        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("tag2text/outputs.safetensors");
        TensorAssert.Close(expected["logits"], old.TagLogits(old.EncodeImages(RamFamilyReference.Photos(0, 1, 2))),
            1e-4, "logits");
    }

    [Theory]
    [InlineData("recognized", new[] { 0, 1, 2 })]
    [InlineData("user", new[] { 0 })]
    public void EncodeTags_EqualsTheOfficial(string kind, int[] photos)
    {
        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("tag2text/captions.safetensors");
        var (ids, mask) = (expected[$"tag_encoder.{kind}.input_ids"], expected[$"tag_encoder.{kind}.attention_mask"]);
        var tokens = model.EncodeImages(RamFamilyReference.Photos(photos));
        var output = model.EncodeTags(ids.To(ScalarType.Int64), mask.To(ScalarType.Int64), tokens);
        TensorAssert.Close(expected[$"tag_encoder.{kind}.output"], output, 2e-4, kind);
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
        using var json = JsonDocument.Parse(File.ReadAllText(RamFamilyReference.Path("tag2text/captions.json")));
        var run = json.RootElement.GetProperty(setting);
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
            Assert.Equal(run.GetProperty("captions")[i].GetString(), texts.DecodeCaption(results[i].Tokens));
            if (run.TryGetProperty("sequence_scores", out var scores))
                Assert.Equal(scores[i].GetDouble(), results[i].Score, 1e-4);
        }
    }

    [Fact]
    public void Decode_Greedy_EqualsTheOfficialStepByStep()
    {
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("tag2text/captions.safetensors");
        var context = model.EncodeTags(expected["tag_encoder.recognized.input_ids"].To(ScalarType.Int64),
            expected["tag_encoder.recognized.attention_mask"].To(ScalarType.Int64),
            model.EncodeImages(RamFamilyReference.Photos(0, 1, 2)));
        var sequence = expected["greedy.sequence"].To(ScalarType.Int64); // (3, L)
        var hidden = model.TextDecoder.Bert.Decode(sequence, Tensors.Ones(sequence.Shape, ScalarType.Int64), context);
        var first = expected["greedy.decoder_hidden.photo0"];
        TensorAssert.Close(first, hidden.Select(0, 0).Narrow(0, 0, first.Size(0)), 2e-4, "decoder_hidden");

        var logits = model.TextDecoder.Logits(hidden); // (3, L, V)
        var step0 = logits.Select(0, 0).Select(0, 3);
        TensorAssert.Close(expected["greedy.step0_logits.photo0.every4"], step0.Slice(0, 0, step0.Size(0), 4), 5e-4,
            "step0_logits");
        var steps = expected["greedy.token_logprob"].Size(1);
        var logProbabilities = logits.Narrow(1, 3, steps).LogSoftmax(-1);
        var lengths = expected["greedy.length_without_sep"].ToArray<int>();
        var (values, indices) = logProbabilities.TopK(8);
        for (var photo = 0; photo < 3; photo++)
        {
            var count = lengths[photo] - 3; // the last step chooses [SEP]
            TensorAssert.Close(expected["greedy.top8_logprob"].Select(0, photo).Narrow(0, 0, count),
                values.Select(0, photo).Narrow(0, 0, count), 5e-4, "top8_logprob");
            Assert.Equal(expected["greedy.top8_ids"].Select(0, photo).Narrow(0, 0, count).To(ScalarType.Int64)
                .ToArray<long>(),
                indices.Select(0, photo).Narrow(0, 0, count).ToArray<long>());
        }

        // The same, token by token with a cache.
        using var cache = new DecoderCacheRun(model, context);
        for (var i = 0; i < first.Size(0); i++)
        {
            var next = cache.Step(sequence.Narrow(1, i, 1));
            TensorAssert.Close(hidden.Narrow(1, i, 1), next, 1e-4, $"cached step {i}");
        }
    }

    [Fact]
    public void Sampling_RulesOnTheModelsLogits_EqualTheOfficial()
    {
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("tag2text/captions.safetensors");
        var context = model.EncodeTags(expected["tag_encoder.recognized.input_ids"].To(ScalarType.Int64),
            expected["tag_encoder.recognized.attention_mask"].To(ScalarType.Int64),
            model.EncodeImages(RamFamilyReference.Photos(0, 1, 2)));
        var prefix = expected["sample.prefix"];
        var hidden = model.TextDecoder.Bert.Decode(prefix.To(ScalarType.Int64),
            Tensors.Ones(prefix.Shape, ScalarType.Int64), context);
        var logits = model.TextDecoder.Logits(hidden.Select(1, 7));
        for (var row = 0; row < 3; row++)
        {
            var text = prefix.Select(0, row).ToArray<int>();
            var ids = expected["sample.top60_ids"].Select(0, row).ToArray<int>();
            var raw = logits.Select(0, row).ToArray<float>();
            var (penalised, filtered) = ((float[])raw.Clone(), (float[])raw.Clone());
            TokenRules.PenaliseRepetition(penalised, text, 1.1);
            TokenRules.RequireLength(penalised, text.Length, 10, 102);
            NucleusSampling.Restrict(filtered, text, 102, new GenerationOptions { MinLength = 10 });
            Check("sample.top60_raw", raw);
            Check("sample.top60_after_penalty", penalised);
            Check("sample.top60_after_filter", filtered);
            Assert.Equal(expected["sample.kept_count"].ToArray<int>()[row], filtered.Count(float.IsFinite));

            void Check(string name, float[] values)
            {
                var wanted = expected[name].Select(0, row).ToArray<float>();
                for (var i = 0; i < ids.Length; i++)
                    Assert.Equal(wanted[i], values[ids[i]], 5e-4f);
            }
        }
    }

    [Fact]
    public void Sampling_RulesOnGivenLogits_EqualTheOfficial()
    {
        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("tag2text/captions.safetensors");
        for (var row = 0; row < 3; row++)
        {
            var text = expected["synthetic.prefix"].Select(0, row).ToArray<int>();
            var penalised = expected["synthetic.logits"].Select(0, row).ToArray<float>();
            var filtered = (float[])penalised.Clone();
            TokenRules.PenaliseRepetition(penalised, text, 1.1);
            TokenRules.RequireLength(penalised, text.Length, 10, 102);
            NucleusSampling.Restrict(filtered, text, 102, new GenerationOptions { MinLength = 10 });
            Check("synthetic.after_penalty", penalised);
            Check("synthetic.after_topk_topp", filtered);

            void Check(string name, float[] values)
            {
                var wanted = expected[name].Select(0, row).ToArray<float>();
                for (var i = 0; i < wanted.Length; i++)
                    Assert.Equal(wanted[i], values[i], 1e-5f);
            }
        }
    }

    [Fact]
    public void Train_TwoSteps_LossesGradientsAndValuesEqualTheOfficial() =>
        RamFamilyTraining.Check(model, "tag2text/train.safetensors", data =>
        {
            using var scope = TensorScope.Begin();
            var tokens = model.EncodeImages(RamFamilyReference.Photos(0, 1));
            var logits = model.TagLogits(tokens);
            var tagging = RamFamilyTraining.TagLoss(logits, data["parse_tag"]);
            var language = RamFamilyTraining.LanguageLoss(model.TextDecoder,
                (ids, mask) => model.EncodeTags(ids, mask, tokens), data);
            var loss = language + tagging / (tagging / language).Detach();
            return (scope.Return(loss), [("loss", scope.Return(loss)), ("loss_t2t", scope.Return(language)),
                ("loss_tag", scope.Return(tagging)), ("logits", scope.Return(logits))]);
        });

    [Fact]
    public void TagLogits_AllTagsInAnotherOrderWhenPrepared_FollowTheOrder()
    {
        model.PrepareForInference();
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var tokens = model.EncodeImages(RamFamilyReference.Photos(0));
        var ids = Tensor.FromData(Enumerable.Range(0, RamFamilyReference.Tags).Reverse().Select(i => (long)i).ToArray(),
            RamFamilyReference.Tags);
        TensorAssert.Close(model.TagLogits(tokens).Flip(1), model.TagLogits(tokens, ids), 1e-4);
    }

    private static Tag2TextConfig Config(long imageSize = 224, long window = 7) => new()
    {
        ImageEncoder = RamFamilyReference.Encoder([2, 2, 2, 2], [1, 2, 4, 8], imageSize, window),
        HiddenSize = 48, Heads = 12, IntermediateSize = 192, TagEncoderLayers = 3, TextDecoderLayers = 3, Dropout = 0,
        Tags = RamFamilyReference.Tags,
    };

    private static Tensor Decoded(string image, int size)
    {
        var picture = new Gloss.Images.ImageDecoder().Decode(RamFamilyReference.Path($"images/{image}"));
        var resized = Gloss.Images.ImageResizer.Resize(picture, size, size, Gloss.Images.ResizeFilter.Bilinear);
        using var scope = TensorScope.Begin();
        var bytes = Tensor.FromData(resized.Pixels, 1, size, size, 3).Permute(0, 3, 1, 2).To(ScalarType.Float32);
        return scope.Return((bytes / 255.0 - Tensor.FromData([0.485f, 0.456f, 0.406f], 3, 1, 1))
            / Tensor.FromData([0.229f, 0.224f, 0.225f], 3, 1, 1));
    }

    private sealed class DecoderCacheRun(Tag2TextModel model, Tensor context) : IDisposable
    {
        private readonly Gloss.Models.Bert.DecoderCache cache = new(model.TextDecoder.Bert, context);

        public Tensor Step(Tensor ids) => model.TextDecoder.Bert.DecodeNext(ids, cache);

        public void Dispose() => cache.Dispose();
    }
}
