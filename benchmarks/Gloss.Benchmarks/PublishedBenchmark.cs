using System.Diagnostics;
using System.Globalization;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Models;
using Gloss.Models.Ram;
using Gloss.Models.RamPlus;
using Gloss.Models.Swin;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Benchmarks;

/// <summary>
/// Full-size models of the published families with random weights: time to write and to open their folders,
/// milliseconds a picture by precision beside the rate of matrix products of the same run, and memory.
/// </summary>
internal static class PublishedBenchmark
{
    private const double HeadOperations = 2 * 2 * 5.9e6;
    private const int Repetitions = 7;

    public static void Run(BenchmarkOptions options)
    {
        Engine.Threads = options.Threads;
        if (FolderOf(options) is { } folder)
            Measure(options, folder);
    }

    /// <summary>The model folder that the options name; null where it was not there and was written.</summary>
    public static string? FolderOf(BenchmarkOptions options)
    {
        var folder = options.Folder ?? Path.Combine(Path.GetTempPath(), "gloss-published");
        if (File.Exists(Path.Combine(folder, "config.json")))
            return folder;
        Write(options, folder);
        Console.WriteLine($"{folder}: written; memory is measured by a run of its own: the same command again");
        return null;
    }

    private static void Write(BenchmarkOptions options, string folder)
    {
        var words = new WordPieceTokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "picture", "of", "|",
            .. Enumerable.Range(0, 30524 - 11).Select(i => $"w{i.ToString(CultureInfo.InvariantCulture)}"),
            Tag2TextTokens.Decode, Tag2TextTokens.Encode],
            [Tag2TextTokens.Decode, Tag2TextTokens.Encode]);
        using TaggingModel model = options.Family switch
        {
            "tag2text" =>
                new Tag2TextModel(new Tag2TextConfig { ImageEncoder = new() { Swin = SwinConfig.Base384 },
                Tags = 3429 }),
            "ram" => new RamModel(new RamConfig { ImageEncoder = new() { Swin = SwinConfig.Large384 } }),
            _ => new RamPlusModel(new RamPlusConfig { ImageEncoder = new() { Swin = SwinConfig.Large384 } }),
        };
        model.Train(false);
        var tags = new TagVocabulary(Enumerable.Range(0, model.TagCount)
            .Select(i => new Tag(i, $"tag {i.ToString(CultureInfo.InvariantCulture)}", TagType.Object, [])));
        ModelFolder.Save(folder, new ModelConfig
        {
            FormatVersion = ModelConfig.CurrentFormat, Family = model is Tag2TextModel ? ModelConfig.Tag2TextFamily
                : model is RamModel ? ModelConfig.RamFamily : ModelConfig.RamPlusFamily,
            Tag2Text = (model as Tag2TextModel)?.Config, Ram = (model as RamModel)?.Config,
            RamPlus = (model as RamPlusModel)?.Config,
            Preprocessing = Preprocessing.ImageNet,
        }, model, model.Captioner is null ? null : words, tags, "# Random weights\n", options.Stored);
    }

    private static void Measure(BenchmarkOptions options, string folder)
    {
        var start = Stopwatch.GetTimestamp();
        using var loaded = ModelFolder.Open(folder).OpenModel(ModelParts.Tagging);
        Console.WriteLine(
            $"{loaded.Config.Family}: opened in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s, "
            + $"{ProcessMemory.Describe()}");
        var size = (int)loaded.Model.VisualEncoder.ImageSize;
        var picture = new RgbImage(size, size);
        new Random(1).NextBytes(picture.Pixels);
        var swin = loaded.Config.Tag2Text is null ? 2 * 103.9e9 : 2 * 47e9;
        var operations = swin + loaded.Model.TagCount * HeadOperations;
        foreach (var (precision, kind) in new[] { (InferencePrecision.Float32, ConvolutionPrecision.Float32),
            (InferencePrecision.BFloat16, ConvolutionPrecision.BFloat16),
            (InferencePrecision.Int8, ConvolutionPrecision.Int8) })
        {
            if (options.Precision is { } only && only != precision)
                continue;
            if (GemmBenchmark.Rate(kind, options.Threads) is null)
                continue;
            using var encoder = new PictureEncoder(loaded.Model, loaded.Config.Preprocessing, precision,
                options.Threads);
            float[] Tag()
            {
                using var tokens = encoder.Encode([picture]);
                using var products = encoder.Products();
                return loaded.Predictor.TagProbabilities(tokens);
            }
            start = Stopwatch.GetTimestamp();
            Tag();
            Console.WriteLine($"{precision}: first picture {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s");
            Tag();
            var (whole, rates) = Interleaved.Measure(() => Tag(), kind, options.Threads, Repetitions);
            var (encoding, _) = Interleaved.Measure(() => encoder.Encode([picture]).Dispose(), kind, options.Threads,
                Repetitions);
            Console.WriteLine(
                $"  matrix products, one round beside each picture: best {rates.Best:0} GFLOP/s, median "
                + $"{rates.Processor:0} GFLOP a second of processor time");
            Console.WriteLine(
                $"  picture to tags: best {whole.Best.TotalMilliseconds:0} median {whole.Median.TotalMilliseconds:0} ms, {operations / whole.Best.TotalSeconds / 1e9 / rates.Best:0%} of the best rate · " +
                $"processor {whole.Processor.TotalMilliseconds:0} ms, {operations / 1e9 * whole.ProcessorShare:0%} of "
                + $"the rate by processor time");
            Console.WriteLine(
                $"  image encoder alone: best {encoding.Best.TotalMilliseconds:0} ms · processor "
                + $"{encoding.Processor.TotalMilliseconds:0} ms, {swin / 1e9 * encoding.ProcessorShare:0%}");
            Console.WriteLine($"  {ProcessMemory.Describe()}");
        }
    }
}
