using Gloss.Torch.Inference;

namespace Gloss.Torch.Tests.Inference;

public sealed class OneDnnTests
{
    public OneDnnTests() => Assert.SkipUnless(OneDnn.IsAvailable, "libgloss_onednn was not built (libdnnl-dev)");

    [Fact]
    public void Describe_Always_NamesVersionAndInstructionSet() =>
        Assert.Matches(@"^2\.\d+\.\d+ \w+$", OneDnn.Describe());

    [Theory]
    [InlineData(ConvolutionPrecision.Float32)]
    [InlineData(ConvolutionPrecision.Int8)]
    public void MatrixProductRate_SmallProduct_IsPositive(ConvolutionPrecision precision)
    {
        var (best, median) = OneDnn.MatrixProductRate(64, 64, 64, precision, threads: 1, repetitions: 3);
        Assert.True(best >= median && median > 0);
    }

    [Fact]
    public void MatrixProductRate_NoRows_Throws() => Assert.Contains("must be 1 or more",
        Assert.Throws<NativeException>(() =>
            OneDnn.MatrixProductRate(0, 1, 1, ConvolutionPrecision.Float32, 1)).Message);
}
