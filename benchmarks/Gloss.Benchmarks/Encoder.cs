using Gloss.Models.EfficientNet;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Benchmarks;

/// <summary>The network that is measured: EfficientNet-Lite2 at 260 × 260, pooled features.</summary>
internal static class Encoder
{
    /// <summary>Multiplications and additions of one picture (859.7 M each).</summary>
    public const double OperationsPerPicture = 2 * 859_736_272.0;

    /// <summary>Side of the pictures.</summary>
    public static int Side => EfficientNetLiteConfig.Lite2.ImageSize;

    /// <summary>Bytes of one picture.</summary>
    public static int PictureBytes => Side * Side * 3;

    /// <summary>The network with weights from the file, or random ones (times do not depend on the values).</summary>
    public static ConvolutionPlanBuilder Describe(BenchmarkOptions options, params string[] outputs)
    {
        if (options.Weights is null)
        {
            using var network = new EfficientNetLite(EfficientNetLiteConfig.Lite2);
            return EfficientNetLitePlan.Describe(network, outputs);
        }
        using var file = SafetensorsFile.Open(options.Weights);
        return EfficientNetLitePlan.Describe(EfficientNetLiteConfig.Lite2 with { Classes = 1000 },
            file.ReadFloats, outputs);
    }

    /// <summary>Pictures of noise, for what depends on no content.</summary>
    public static byte[] Noise(int count)
    {
        var pixels = new byte[count * PictureBytes];
        new Random(1).NextBytes(pixels);
        return pixels;
    }
}
