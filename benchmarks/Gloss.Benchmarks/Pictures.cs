using Gloss.Images;

namespace Gloss.Benchmarks;

/// <summary>Photographs as the encoder takes them: squashed to its square, RGB bytes.</summary>
internal static class Pictures
{
    private static readonly ImageDecoder decoder = new();

    /// <summary>The JPEG files of the folder that the options name.</summary>
    public static string[] FilesOf(BenchmarkOptions options)
    {
        var folder = options.Pictures ?? throw new ArgumentException("this measurement needs --pictures FOLDER");
        var files = Directory.GetFiles(folder, "*.jpg");
        Array.Sort(files, StringComparer.Ordinal);
        return files.Length > 0 ? files : throw new ArgumentException($"no *.jpg files in {folder}");
    }

    /// <summary>One photograph.</summary>
    public static byte[] Read(string file) =>
        ImageResizer.Resize(decoder.Decode(file), Encoder.Side, Encoder.Side, ResizeFilter.Bilinear).Pixels;

    /// <summary>Several, one after the other.</summary>
    public static byte[] Read(IEnumerable<string> files) => [.. files.SelectMany(Read)];
}
