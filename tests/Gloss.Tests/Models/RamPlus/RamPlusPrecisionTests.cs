using System.Runtime.Intrinsics.X86;
using Gloss.Inference;
using Gloss.Models.RamPlus;
using Gloss.Text;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Tests.Models.RamPlus;

/// <summary>
/// A small RAM++ with random weights, stored and asked in few bits; and long lists of tags, which go in parts.
/// </summary>
public sealed class RamPlusPrecisionTests
{
    private const int Tags = 40;

    [Theory]
    [InlineData(WeightPrecision.Float16)]
    [InlineData(WeightPrecision.BFloat16)]
    [InlineData(WeightPrecision.Int8)]
    public void OpenModel_StoredInFewBits_GivesWhatTheStoredNumbersSay(WeightPrecision stored)
    {
        using var live = new LiveValues();
        using var folder = new TemporaryFolder();
        using var plain = Model();
        Save(plain, folder.Path, stored);
        using (var file = SafetensorsFile.Open(Path.Combine(folder.Path, "model.safetensors")))
        using (TensorScope.Begin())
            plain.Load(StoredWeights.ReadAll(file));
        using var loaded = ModelFolder.Open(folder.Path).OpenModel();
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var tokens = Tokens(2);

        TensorAssert.Close(plain.TagLogits(tokens), loaded.Model.TagLogits(tokens), 1e-4, "logits");
        var ids = Tensor.FromData([39L, 3], 2);
        TensorAssert.Close(plain.TagLogits(tokens, ids), loaded.Model.TagLogits(tokens, ids), 1e-4, "some tags");
        TensorAssert.Close(plain.WhereSeen(tokens, ids), loaded.Model.WhereSeen(tokens, ids), 1e-5, "where seen");
        var state = plain.State();
        foreach (var (name, value) in loaded.Model.State())
            TensorAssert.Close(state[name], value, 0, name);
    }

    [Theory]
    [InlineData(ConvolutionPrecision.BFloat16, 0.02)]
    [InlineData(ConvolutionPrecision.Int8, 0.05)]
    public void TagLogits_LowerPrecision_StayNear(ConvolutionPrecision precision, double tolerance)
    {
        Assert.SkipUnless(Avx512F.IsSupported && OneDnn.HasByteLinear, "this processor computes in float32 alone");
        using var live = new LiveValues();
        using var model = Model();
        using var noGradient = GradientMode.Inference();
        using var scope = TensorScope.Begin();
        var tokens = Tokens(3);
        var exact = model.TagLogits(tokens).Sigmoid();
        model.PrepareForInference();
        TensorAssert.Close(exact, model.TagLogits(tokens).Sigmoid(), 1e-5, "float32");
        using var products = precision == ConvolutionPrecision.Int8 ? Precision.Int8() : Precision.BFloat16();
        TensorAssert.Close(exact, model.TagLogits(tokens).Sigmoid(), tolerance, $"{precision}");
    }

    [Fact]
    public void TagLogits_LongListOnOneThread_GoesInPartsToTheSameLogits()
    {
        var threads = Engine.Threads;
        Engine.Threads = 1;
        try
        {
            using var live = new LiveValues();
            using var model = Model(tags: 1301, texts: 2);
            using var noGradient = GradientMode.Inference();
            using var scope = TensorScope.Begin();
            var tokens = Tokens(1);
            var whole = model.TagLogits(tokens);
            model.PrepareForInference();
            TensorAssert.Close(whole, model.TagLogits(tokens), 1e-5, "in parts");
        }
        finally
        {
            Engine.Threads = threads;
        }
    }

    private static RamPlusModel Model(int tags = Tags, int texts = 51)
    {
        Engine.Seed(7);
        var model = new RamPlusModel(new RamPlusConfig
        {
            ImageEncoder = RamFamilyReference.Encoder([2, 2, 2, 2], [1, 2, 4, 8]), HiddenSize = 96,
            IntermediateSize = 192, Dropout = 0, EmbeddingSize = 128, Tags = tags, TextsPerTag = texts,
        });
        model.Train(false);
        return model;
    }

    private static void Save(RamPlusModel model, string folder, WeightPrecision stored)
    {
        var tags = Enumerable.Range(0, Tags).Select(i => new Tag(i, $"tag {i}", TagType.Object, []));
        ModelFolder.Save(folder, new ModelConfig
        {
            FormatVersion = ModelConfig.CurrentFormat, Family = ModelConfig.RamPlusFamily, RamPlus = model.Config,
            Preprocessing = Preprocessing.ImageNet,
        }, model, null, new TagVocabulary(tags), "# Random weights\n", stored);
    }

    private static Tensor Tokens(int pictures) => Tensors.RandomNormal([pictures, 10, 128]);
}
