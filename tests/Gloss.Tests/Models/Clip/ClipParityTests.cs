using System.Text.Json;
using Gloss.Images;
using Gloss.Models.Clip;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Tests.Models.Clip;

/// <summary>The small CLIP against the official code's outputs, within 1e-4.</summary>
public sealed class ClipParityTests
{
    /// <summary>The small model from one of its files.</summary>
    internal static ClipModel Open(string relative)
    {
        using var file = CheckpointFile.Open(RamFamilyReference.Path(relative));
        using var scope = TensorScope.Begin();
        var tensors = file.Flatten();
        var model = new ClipModel(ClipConfig.FromShapes(tensors.ToDictionary(t => t.Key, t => t.Value.Shape)));
        model.Load(tensors.ToDictionary(t => t.Key, t => t.Value.Read()),
            mayIgnore: name => name is "input_resolution" or "context_length" or "vocab_size");
        return model;
    }

    internal static ClipTokenizer Tokenizer() =>
        ClipTokenizer.Load(ReferenceData.Require("data/text/clip/bpe_simple_vocab_16e6.txt.gz"));

    [Theory]
    [InlineData("clip/model_state.pt")]
    [InlineData("clip/model_jit.pt")]
    public void Logits_PhotosAndTexts_EqualTheOfficial(string file)
    {
        using var live = new LiveValues();
        using var model = Open(file);
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var expected = RamFamilyReference.Tensors("clip/outputs.safetensors");
        var inside = new List<Tensor>();
        var images = model.EncodeImages(Photos(), inside);
        TensorAssert.Close(expected["vision_ln_pre_photo0_tokens0to7"], inside[0].Select(0, 0).Narrow(0, 0, 8),
            2e-4, "ln_pre");
        TensorAssert.Close(expected["vision_transformer_out_photo0_tokens0to7"],
            inside[^1].Select(0, 0).Narrow(0, 0, 8), 2e-4, "vision");
        TensorAssert.Close(expected["image_features"], images, 1e-4, "image_features");
        Release(inside);

        var texts = model.EncodeTexts(expected["text_ids"].To(ScalarType.Int64), inside);
        TensorAssert.Close(expected["text_positions0to3_after_block0"], inside[0].Narrow(0, 0, 2).Narrow(1, 0, 4),
            2e-4, "block0");
        TensorAssert.Close(expected["text0_ln_final"], inside[^1].Select(0, 0).Narrow(0, 0, 12), 2e-4, "ln_final");
        TensorAssert.Close(expected["text_features"], texts, 1e-4, "text_features");
        Release(inside);
        TensorAssert.Close(expected["logits_per_image"], model.Logits(images, texts), 1e-4, "logits_per_image");

        static void Release(List<Tensor> tensors)
        {
            foreach (var tensor in tensors)
                tensor.Dispose();
            tensors.Clear();
        }
    }

    [Fact]
    public void Embed_Tags_SentencesAndEmbeddingsEqualTheOfficial()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(RamFamilyReference.Path("clip/texts.json")));
        foreach (var tag in json.RootElement.GetProperty("ensemble_texts").EnumerateObject())
            Assert.Equal(tag.Value.EnumerateArray().Select(t => t.GetString()), TagSentences.Of(tag.Name));
        using var model = Open("clip/model_state.pt");
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var tags = json.RootElement.GetProperty("ensemble_tags").EnumerateArray().Select(t => t.GetString()!).ToList();
        var expected = RamFamilyReference.Tensors("clip/outputs.safetensors");
        TensorAssert.Close(expected["ensemble_embedding"],
            TagSentences.Embed(model, Tokenizer(), tags, null, TestContext.Current.CancellationToken), 1e-4,
            "ensemble_embedding");
    }

    [Fact]
    public void Of_Tag_HasArticleByTheRawNameAndReadableWords()
    {
        Assert.Equal(63, TagSentences.Of("cat").Count);
        Assert.Contains("itap of an owl.", TagSentences.Of("owl"));
        Assert.Contains("itap of a owl or bat.", TagSentences.Of("Owl/bat."));
    }

    // Shorter side to 224 by bicubic resampling, the middle, CLIP's mean and deviation.
    private static Tensor Photos()
    {
        using var scope = TensorScope.Begin();
        var pictures = Enumerable.Range(0, 3).Select(n =>
        {
            var image = new ImageDecoder().Decode(RamFamilyReference.Path($"images/photo{n}.png"));
            var shorter = Math.Min(image.Width, image.Height);
            var (width, height) = ((int)(224L * image.Width / shorter), (int)(224L * image.Height / shorter));
            var resized = ImageResizer.Resize(image, width, height, ResizeFilter.Bicubic);
            var crop = resized.Crop(new PixelRectangle((int)Math.Round((width - 224) / 2.0),
                (int)Math.Round((height - 224) / 2.0), 224, 224));
            return Tensor.FromData(crop.Pixels, 224, 224, 3).Permute(2, 0, 1);
        }).ToArray();
        var expected = RamFamilyReference.Tensors("clip/outputs.safetensors")["photo0_crop_red_u8"];
        TensorAssert.Close(expected.Select(0, 0), pictures[0].Select(0, 0), 0, "the cut picture");
        var mean = Tensor.FromData([0.48145466f, 0.4578275f, 0.40821073f], 3, 1, 1);
        var deviation = Tensor.FromData([0.26862954f, 0.26130258f, 0.27577711f], 3, 1, 1);
        return scope.Return((TensorShape.Stack(0, pictures).To(ScalarType.Float32) / 255.0 - mean) / deviation);
    }
}
