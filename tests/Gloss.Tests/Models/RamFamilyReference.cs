using Gloss.Models;
using Gloss.Models.Published;
using Gloss.Models.Swin;
using Gloss.Torch;

namespace Gloss.Tests.Models;

/// <summary>The small models of the RAM family with the official classes' outputs.</summary>
internal static class RamFamilyReference
{
    /// <summary>Tags of the small models.</summary>
    public const int Tags = 48;

    /// <summary>A path below the reference folder.</summary>
    public static string Path(string relative) => ReferenceData.Require($"reference/ram_family/{relative}");

    /// <summary>All tensors of a safetensors file below the reference folder; the current scope owns them.</summary>
    public static Dictionary<string, Tensor> Tensors(string relative)
    {
        using var file = SafetensorsFile.Open(Path(relative));
        return file.ReadAll();
    }

    /// <summary>The image encoder of the small models.</summary>
    public static ImageEncoderConfig Encoder(int[] depths, int[] heads, long imageSize = 224, long window = 7) => new()
    {
        Swin = new SwinConfig
        {
            ImageSize = imageSize, WindowSize = window, EmbedDim = 12, Depths = depths, NumHeads = heads,
            DropPathRate = 0,
        },
    };

    /// <summary>
    /// The photos <paramref name="numbers"/>, resized and normalised as the official code does, (B, 3, 224, 224).
    /// </summary>
    public static Tensor Photos(params int[] numbers) => Photos(224, numbers);

    /// <summary>Pictures stored as resized bytes, normalised by ImageNet's mean and deviation.</summary>
    public static Tensor Photos(int size, int[] numbers)
    {
        using var scope = TensorScope.Begin();
        var file = Tensors("preprocess.safetensors");
        var bytes = TensorShape.Stack(0, numbers.Select(n => file[$"photo{n}.resized{size}_u8"]).ToArray());
        var mean = Tensor.FromData([0.485f, 0.456f, 0.406f], 3, 1, 1);
        var deviation = Tensor.FromData([0.229f, 0.224f, 0.225f], 3, 1, 1);
        return scope.Return((bytes.To(ScalarType.Float32) / 255.0 - mean) / deviation);
    }

    /// <summary>Fills a model from a checkpoint's <c>model</c> dictionary.</summary>
    public static void Load(Module model, string relative, Func<string, bool>? mayMiss = null)
    {
        using var file = CheckpointFile.Open(Path(relative));
        var tensors = ((CheckpointDictionary)file.Root["model"]!).Tensors();
        PublishedWeights.Load(model, PublishedWeights.Rename(tensors), mayMiss);
    }
}
