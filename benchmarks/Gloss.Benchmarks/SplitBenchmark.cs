using Gloss.Images;
using Gloss.Inference;
using Gloss.Inference.Grounding;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Benchmarks;

/// <summary>
/// How far a grounding model's scores depend on how a list of tags is split over passes: each tag's best score in a
/// photograph, the list in one pass against the same in more and smaller ones; a long list in two orders; and
/// bfloat16's boxes beside float32's.
/// </summary>
internal static class SplitBenchmark
{
    private const int MostPictures = 20;
    private const int LongList = 400;

    // Everyday things of photographs, each looked for whether it is there or not.
    private static readonly string[] tags =
    [
        "dog", "man", "woman", "child", "grass", "water", "ball", "red shirt", "hat", "tree", "bicycle", "beach",
        "snow", "car", "street",
        "girl", "bench", "blue jacket", "rock", "horse",
    ];

    public static void Run(BenchmarkOptions options)
    {
        Engine.Threads = options.Threads;
        using var loaded = ModelFolder.Open(options.Folder ?? "grounding").OpenGrounding();
        var decoder = new ImageDecoder();
        var pictures = Pictures.FilesOf(options).Take(MostPictures).Select(file => decoder.Decode(file)).ToArray();
        Console.WriteLine(
            $"{pictures.Length} photographs, the best score of each tag, differences from the first line");
        var whole = Scores(loaded, pictures, tags, null);
        Tell($"{tags.Length} tags in", whole);
        foreach (var tokens in new[] { 32, 16, 8 })
            Tell($"{tags.Length} tags in", Scores(loaded, pictures, tags, tokens), whole);
        Boxes(loaded, pictures);
        string[] many = [.. ModelFolder.Open(ModelFolder.DefaultName).ReadTags()
            .Where(t => t.Type is TagType.Object or TagType.Scene).Select(t => t.Name).Take(LongList)];
        var ordered = Scores(loaded, pictures, many, null);
        Tell($"{many.Length} tags in", ordered);
        var shuffled = (string[])many.Clone();
        var random = new SeededGenerator(1);
        for (var i = shuffled.Length - 1; i > 0; i--)
        {
            var other = random.NextInt32(i + 1);
            (shuffled[i], shuffled[other]) = (shuffled[other], shuffled[i]);
        }
        Tell("another order in", Scores(loaded, pictures, shuffled, null), ordered);
        Tell("smaller passes, in", Scores(loaded, pictures, many, 64), ordered);

        void Tell(string what, (int Passes, Dictionary<string, float>[] Best) result,
            (int Passes, Dictionary<string, float>[] Best)? first = null)
        {
            if (first is not { } before)
            {
                Console.WriteLine($"{what} {result.Passes} passes");
                return;
            }
            var pairs = result.Best.Zip(before.Best)
                .SelectMany(p => p.First.Select(tag => (New: tag.Value, Old: p.Second[tag.Key]))).ToArray();
            var found = pairs.Where(p => Math.Max(p.New, p.Old) > loaded.Settings.Threshold).ToArray();
            var differences = pairs.Select(p => Math.Abs(p.New - p.Old)).Order().ToArray();
            Console.WriteLine(
                $"{what} {result.Passes} passes: mean {differences.Average():0.0000}, 99 of 100 below "
                + $"{differences[differences.Length * 99 / 100]:0.000}, "
                + $"largest {differences[^1]:0.000}, with sign {pairs.Average(p => p.New - p.Old):+0.0000;-0.0000} · "
                + $"of {found.Length} above the threshold in either: "
                + $"mean {found.Select(p => Math.Abs(p.New - p.Old)).DefaultIfEmpty().Average():0.0000}, "
                + $"{found.Count(p => p.New > loaded.Settings.Threshold != p.Old > loaded.Settings.Threshold)} cross "
                + $"it");
        }
    }

    // The surest box of each tag, where it is above the threshold, in both precisions.
    private static void Boxes(LoadedGrounding loaded, RgbImage[] pictures)
    {
        Dictionary<string, GroundedBox>[] Best(bool bf16)
        {
            using var grounder = new Grounder(loaded, new GrounderOptions { Bf16 = bf16 });
            var laid = grounder.Tags(tags);
            return [.. pictures.Select(picture => grounder.Find(picture, laid).GroupBy(b => b.Name)
                .ToDictionary(b => b.Key, b => b.First(), StringComparer.Ordinal))];
        }
        var (exact, rough) = (Best(false), Best(true));
        var pairs = exact.Zip(rough).SelectMany(p => p.First.Values.Where(b => p.Second.ContainsKey(b.Name))
            .Select(b => (Exact: b, Rough: p.Second[b.Name]))).ToArray();
        var overlaps = pairs.Select(p => p.Exact.Box.IntersectionOverUnion(p.Rough.Box)).Order().ToArray();
        Console.WriteLine(
            $"bfloat16 beside float32: {exact.Sum(e => e.Count)} surest boxes of a tag, {rough.Sum(r => r.Count)} in "
            + $"bfloat16, {pairs.Length} of them the same tags; "
            + $"IoU mean {overlaps.Average():0.0000}, median {overlaps[overlaps.Length / 2]:0.0000}, "
            + $"{overlaps.Count(o => o < 0.5)} below 0.5; "
            + $"scores differ by {pairs.Average(p => Math.Abs(p.Exact.Score - p.Rough.Score)):0.0000} on average, "
            + $"{pairs.Max(p => Math.Abs(p.Exact.Score - p.Rough.Score)):0.000} at most");
    }

    private static (int Passes, Dictionary<string, float>[] Best) Scores(LoadedGrounding loaded, RgbImage[] pictures,
        string[] names, int? tokens)
    {
        using var grounder = new Grounder(loaded, new GrounderOptions
        {
            Threshold = 0, Suppression = Suppression.None, MostBoxes = int.MaxValue, TokensPerPass = tokens,
        });
        var laid = grounder.Tags(names);
        return (laid.Passes.Count, [.. pictures.Select(picture =>
            grounder.Find(picture, laid).GroupBy(b => b.Name)
                .ToDictionary(b => b.Key, b => b.Max(box => box.Score), StringComparer.Ordinal))]);
    }
}
