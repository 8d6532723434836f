using Gloss.Models.EfficientNet;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Tests.Models.EfficientNet;

/// <summary>The plan against the outputs of the PyTorch package that the weights come from.</summary>
public sealed class EfficientNetLitePlanTests
{
    private static readonly string[] Maps =
        ["stem", "stage1", "stage2", "stage3", "stage4", "stage5", "stage6", "stage7", "head"];

    public EfficientNetLitePlanTests() =>
        Assert.SkipUnless(OneDnn.IsAvailable, "libgloss_onednn was not built (libdnnl-dev)");

    [Theory]
    [InlineData("lite0")]
    [InlineData("lite2")]
    public void Run_Float32_EqualsReference(string name)
    {
        using var reference = Open(name, "reference");
        var outputs = Compute(name, ConvolutionPrecision.Float32, [.. Maps, "pooled", "logits"], out var plan);
        foreach (var map in Maps)
        {
            var output = plan.Outputs.First(output => output.Name == map);
            var values = outputs[map];
            var corner = new List<float>();
            var opposite = new List<float>();
            // (2, 8, 4, 4): the first channels at the top left, the last at the bottom right.
            for (var p = 0; p < 2; p++)
            {
                for (var c = 0; c < 8; c++)
                {
                    for (var y = 0; y < 4; y++)
                    {
                        for (var x = 0; x < 4; x++)
                        {
                            corner.Add(values[((p * output.Height + y) * output.Width + x) * output.Channels + c]);
                            opposite.Add(values[((p * output.Height + output.Height - 4 + y) * output.Width
                                + output.Width - 4 + x) * output.Channels + output.Channels - 8 + c]);
                        }
                    }
                }
            }
            // 1e-4 of the map's largest values, as the reference states for another order of summation.
            var tolerance = 1e-4f * values.Max(MathF.Abs);
            AssertNear(reference.ReadFloats($"{map}.slice"), corner, tolerance);
            AssertNear(reference.ReadFloats($"{map}.slice_last"), opposite, tolerance);
        }
        AssertNear(reference.ReadFloats("pooled"), outputs["pooled"], 1e-4f);
        AssertNear(reference.ReadFloats("logits"), outputs["logits"], 1e-3f);
    }

    [Theory]
    [InlineData(ConvolutionPrecision.BFloat16, 0.995)]
    [InlineData(ConvolutionPrecision.Int8, 0.95)]
    public void Run_LowPrecision_StaysNearReference(ConvolutionPrecision precision, double leastCosine)
    {
        const string name = "lite2";
        if (precision == ConvolutionPrecision.BFloat16)
            Assert.SkipUnless(OneDnn.Describe().Contains("avx512"), "this processor has no bfloat16 convolutions");
        using var reference = Open(name, "reference");
        var outputs = Compute(name, precision, ["pooled", "logits"], out _);
        foreach (var output in (string[])["pooled", "logits"])
        {
            var expected = reference.ReadFloats(output);
            for (var p = 0; p < 2; p++)
            {
                var length = expected.Length / 2;
                var cosine = Cosine(expected.AsSpan(p * length, length), outputs[output].AsSpan(p * length, length));
                Assert.True(cosine >= leastCosine, $"{output} of photo {p}: cosine {cosine}");
            }
        }
    }

    [Fact]
    public void Describe_NetworkInMemory_GivesItsTokens()
    {
        using var live = new LiveValues();
        using var scope = TensorScope.Begin();
        using var inference = GradientMode.Inference();
        Engine.Seed(1);
        using var network = new EfficientNetLite(new EfficientNetLiteConfig { ImageSize = 75 });
        network.Train(false);
        using var plan = EfficientNetLitePlan.Describe(network, "head", "pooled").Build(threads: 2);
        var picture = new byte[75 * 75 * 3];
        new Random(1).NextBytes(picture);
        var (head, pooled) = (new float[3 * 3 * 1280], new float[1280]);
        plan.Run(picture, 1, [head, pooled]);

        var pixels = (Tensor.FromData(picture, 1, 75, 75, 3).To(ScalarType.Float32) - 127.0) / 128.0;
        var tokens = network.Forward(pixels.Permute(0, 3, 1, 2).Contiguous()).ToArray<float>();
        AssertNear(tokens[..1280], pooled, 1e-4f * tokens.Max());
        AssertNear(tokens[1280..], head, 1e-4f * tokens.Max());
    }

    [Fact]
    public void Describe_UnknownOutput_ListsTheKnown()
    {
        var error = Assert.Throws<ArgumentException>(() => EfficientNetLitePlan.Describe(EfficientNetLiteConfig.Lite0,
            Constant, "stage8"));
        Assert.Contains("'stage8'", error.Message);
        Assert.Contains("stage7, head, pooled", error.Message);
    }

    [Fact]
    public void Describe_ParameterOfAnotherSize_NamesIt() => Assert.Contains("_conv_stem.weight has 5 elements",
        Assert.Throws<ArgumentException>(() => EfficientNetLitePlan.Describe(EfficientNetLiteConfig.Lite0,
            _ => new float[5], "stem")).Message);

    [Fact]
    public void Describe_EarlyOutput_ReadsNothingBeyondIt()
    {
        var read = new List<string>();
        EfficientNetLitePlan.Describe(EfficientNetLiteConfig.Lite0 with { ImageSize = 64 }, name =>
        {
            read.Add(name);
            return Constant(name);
        }, "stage1");
        Assert.Contains("_blocks.0._project_conv.weight", read);
        Assert.DoesNotContain("_blocks.1._expand_conv.weight", read);
    }

    // Sizes of Lite0's first parameters.
    private static float[] Constant(string name) => name switch
    {
        "_conv_stem.weight" => new float[32 * 27],
        "_blocks.0._depthwise_conv.weight" => new float[32 * 9],
        "_blocks.0._project_conv.weight" => new float[16 * 32],
        _ => new float[name.Contains("_blocks.0._bn2") ? 16 : 32],
    };

    private static Dictionary<string, float[]> Compute(string name, ConvolutionPrecision precision, string[] names,
        out ConvolutionPlan plan)
    {
        using var weights = Open(name, "model");
        using var reference = Open(name, "reference");
        var config = name == "lite0" ? EfficientNetLiteConfig.Lite0 : EfficientNetLiteConfig.Lite2;
        var pictures = reference.ReadBytes("input_uint8_nhwc");
        var builder = EfficientNetLitePlan.Describe(config with { Classes = 1000 }, weights.ReadFloats, names);
        var ranges = precision == ConvolutionPrecision.Int8 ? builder.MeasureRanges(pictures, 2) : null;
        using (plan = builder.Build(precision, 1, ranges))
        {
            var outputs = plan.Outputs.Select(output => new float[2 * output.Length]).ToArray();
            plan.Run(pictures, 2, [.. outputs.Select(output => output.AsMemory())]);
            return plan.Outputs.Select((output, i) => (output.Name, outputs[i])).ToDictionary();
        }
    }

    private static SafetensorsFile Open(string name, string file) =>
        SafetensorsFile.Open(ReferenceData.Require($"pretrained/efficientnet_lite/{name}/{file}.safetensors"));

    private static void AssertNear(float[] expected, IReadOnlyList<float> actual, float tolerance)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (var i = 0; i < expected.Length; i++)
            Assert.InRange(actual[i], expected[i] - tolerance, expected[i] + tolerance);
    }

    private static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var (dot, aa, bb) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            dot += (double)a[i] * b[i];
            aa += (double)a[i] * a[i];
            bb += (double)b[i] * b[i];
        }
        return dot / Math.Sqrt(aa * bb);
    }
}
