using Gloss.Torch.Inference;

namespace Gloss.Torch.Tests.Inference;

/// <summary>Plans against convolutions computed as the definition says, on random networks.</summary>
public sealed class ConvolutionPlanTests
{
    private const int Networks = 30;

    private static readonly ActivationKind[] AllKinds =
        [ActivationKind.None, ActivationKind.Clip, ActivationKind.Silu, ActivationKind.Gelu];

    public ConvolutionPlanTests() =>
        Assert.SkipUnless(OneDnn.IsAvailable, "libgloss_onednn was not built (libdnnl-dev)");

    [Fact]
    public void Run_RandomNetworksInFloat32_EqualTheDefinition()
    {
        for (var seed = 0; seed < Networks; seed++)
        {
            var network = new RandomNetwork(seed, AllKinds);
            using var plan = network.Builder.Build(threads: 1 + seed % 2);
            // oneDNN's sums are float32 in another order, and its erf is a polynomial.
            Assert.InRange(LargestError(network, plan, count: 3), 0, 2e-5);
        }
    }

    [Fact]
    public void Run_RandomNetworksInBFloat16_AreWithinItsRounding()
    {
        Assert.SkipUnless(OneDnn.Describe().Contains("avx512"), "this processor has no bfloat16 convolutions");
        for (var seed = 0; seed < Networks; seed++)
        {
            var network = new RandomNetwork(seed, AllKinds);
            using var plan = network.Builder.Build(ConvolutionPrecision.BFloat16, threads: 1 + seed % 2);
            // Eight bits of precision, rounded once a layer.
            Assert.InRange(LargestError(network, plan, count: 2), 0, 0.04);
        }
    }

    [Fact]
    public void Run_RandomNetworksInInt8_AreWithinItsSteps()
    {
        var errors = new List<double>();
        for (var seed = 0; seed < Networks; seed++)
        {
            var network = new RandomNetwork(seed, AllKinds);
            var ranges = network.Builder.MeasureRanges(network.Pictures(8), 8);
            using var plan = network.Builder.Build(ConvolutionPrecision.Int8, threads: 1 + seed % 2, ranges);
            errors.Add(RootMeanSquareError(network, plan, count: 2));
        }
        // Up to six layers, each with about 1 % of noise from its steps of 1/127 or 1/255 of the range; an output that
        // is nearly always zero has more.
        Assert.InRange(errors.Order().ElementAt(Networks / 2), 0, 0.05);
        Assert.InRange(errors.Max(), 0, 0.25);
    }

    [Fact]
    public void Run_FloatPictures_EqualBytes()
    {
        var network = new RandomNetwork(3, AllKinds);
        using var plan = network.Builder.Build();
        var pictures = network.Pictures(2);
        var fromBytes = Outputs(plan, 2);
        var fromFloats = Outputs(plan, 2);
        plan.Run(pictures, 2, fromBytes);
        plan.Run(Array.ConvertAll(pictures, pixel => (float)pixel), 2, fromFloats);
        for (var i = 0; i < fromBytes.Length; i++)
            Assert.Equal(fromBytes[i].ToArray(), fromFloats[i].ToArray());
    }

    [Fact]
    public void Run_OnSeveralThreadsAtOnce_GivesTheSame()
    {
        var network = new RandomNetwork(7, AllKinds);
        using var plan = network.Builder.Build(threads: 2);
        var pictures = network.Pictures(4);
        var expected = Outputs(plan, 4);
        plan.Run(pictures, 4, expected);
        Parallel.For(0, 16, _ =>
        {
            var outputs = Outputs(plan, 4);
            plan.Run(pictures, 4, outputs);
            for (var i = 0; i < outputs.Length; i++)
                Assert.Equal(expected[i].ToArray(), outputs[i].ToArray());
        });
    }

    [Fact]
    public void Run_WrongLengths_SaysWhatIsExpected()
    {
        var network = new RandomNetwork(1, [ActivationKind.None]);
        using var plan = network.Builder.Build();
        var outputs = Outputs(plan, 1);
        var tooShort = Assert.Throws<ArgumentException>(() => plan.Run(new byte[3], 1, outputs));
        Assert.Contains("got 3", tooShort.Message);
        outputs[0] = new float[1];
        Assert.Contains("needs room", Assert.Throws<ArgumentException>(() =>
            plan.Run(network.Pictures(1), 1, outputs)).Message);
    }

    [Fact]
    public void Build_Int8WithoutRanges_SaysHowToGetThem()
    {
        var network = new RandomNetwork(1, [ActivationKind.None]);
        var error = Assert.Throws<ArgumentNullException>(() => network.Builder.Build(ConvolutionPrecision.Int8));
        Assert.Contains("MeasureRanges", error.Message);
    }

    [Fact]
    public void Build_NothingGivenOut_Throws()
    {
        var builder = new ConvolutionPlanBuilder(new PictureInput
        {
            Height = 4, Width = 4, Mean = new float[1], Deviation = new float[] { 1 },
        });
        builder.Convolution("a", ConvolutionPlanBuilder.Picture, new() { Weights = new float[2], OutChannels = 2 });
        Assert.Contains("no node is an output", Assert.Throws<NativeException>(() => builder.Build()).Message);
    }

    [Fact]
    public void Convolution_WrongWeightsOrNames_Throws()
    {
        var builder = new ConvolutionPlanBuilder(new PictureInput
        {
            Height = 4, Width = 4, Mean = new float[3], Deviation = new float[] { 1, 1, 1 },
        });
        Assert.Contains("expected 6 weights", Assert.Throws<ArgumentException>(() => builder.Convolution("a",
            ConvolutionPlanBuilder.Picture, new() { Weights = new float[5], OutChannels = 2 })).Message);
        Assert.Contains("'b'", Assert.Throws<ArgumentException>(() => builder.Convolution("a", "b",
            new() { Weights = new float[6], OutChannels = 2 })).Message);
    }

    [Theory]
    [InlineData(260, 3, 2, 0, 1)]
    [InlineData(65, 5, 2, 2, 2)]
    [InlineData(130, 5, 2, 1, 2)]
    [InlineData(17, 3, 1, 1, 1)]
    public void Same_AsTensorFlow_PutsTheOddRowBelow(int size, int kernel, int stride, int before, int after) =>
        Assert.Equal(new(before, before, after, after), ConvolutionPadding.Same(size, size, kernel, stride));

    private static Memory<float>[] Outputs(ConvolutionPlan plan, int count) =>
        [.. plan.Outputs.Select(output => new float[count * output.Length].AsMemory())];

    /// <summary>The largest error of any output, relative to the output's largest value.</summary>
    private static double LargestError(RandomNetwork network, ConvolutionPlan plan, int count) =>
        Compare(network, plan, count).Max(output => output.Errors.Max(Math.Abs) / (output.Values.Max(Math.Abs) + 1e-3));

    /// <summary>The largest root mean square error of any output, relative to that of its values.</summary>
    private static double RootMeanSquareError(RandomNetwork network, ConvolutionPlan plan, int count) =>
        Compare(network, plan, count).Max(output => Math.Sqrt(output.Errors.Sum(error => error * error)
            / (output.Values.Sum(value => value * value) + 1e-3)));

    private static IEnumerable<(double[] Values, double[] Errors)> Compare(RandomNetwork network, ConvolutionPlan plan,
        int count)
    {
        var pictures = network.Pictures(count);
        var outputs = Outputs(plan, count);
        plan.Run(pictures, count, outputs);
        for (var p = 0; p < count; p++)
        {
            var size = pictures.Length / count;
            var expected = network.Compute(pictures.AsSpan(p * size, size));
            for (var o = 0; o < outputs.Length; o++)
            {
                var values = expected[plan.Outputs[o].Name];
                Assert.Equal(values.Length, plan.Outputs[o].Length);
                var got = outputs[o].Slice(p * values.Length, values.Length).ToArray();
                yield return (values, [.. values.Select((value, i) => value - got[i])]);
            }
        }
    }
}
