using System.Diagnostics;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Search;

namespace Gloss.Benchmarks;

/// <summary>
/// A catalogue of many made-up pictures, with as many tags as real ones have: time to fill it, and, in a process of its
/// own, to open and search it and to update one folder; memory.
/// </summary>
internal static class CatalogueBenchmark
{
    private const int PerFolder = 1000;
    // As gloss index keeps of photographs with the default model.
    private const int ScoresKept = 400;
    private const int TagsGiven = 12;

    public static void Run(BenchmarkOptions options)
    {
        var model = ModelFolder.Open(ModelFolder.DefaultName);
        if (options.Folder is { } kept && File.Exists(FileIn(kept)))
        {
            Measure(model, kept);
            return;
        }
        var folder = options.Folder is { } wanted ? Directory.CreateDirectory(wanted)
            : Directory.CreateTempSubdirectory("gloss-catalogue-");
        try
        {
            var (before, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
            using (var catalogue = Catalogue.Open(FileIn(folder.FullName), mayCreate: true))
            {
                catalogue.UseModel(PictureIndexer.Describe(model));
                Fill(catalogue, folder.FullName, options.Count, options.Width);
                Tell("filled", before, clock, $"{new FileInfo(FileIn(folder.FullName)).Length >> 20} MB");
                (before, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
                if (catalogue.UpdateVectors(options.Threads) is { } build)
                    Tell("index", before, clock, $"{build.Bytes >> 20} MB, recall {build.Recall:F3}");
            }
            using var fresh = Process.Start(Environment.ProcessPath!,
                ["catalogue", "--folder", folder.FullName, "--threads", $"{options.Threads}"]);
            fresh.WaitForExit();
        }
        finally
        {
            if (options.Folder is null)
                folder.Delete(recursive: true);
        }
    }

    private static string FileIn(string folder) => Path.Combine(folder, "catalogue.db");

    private static void Measure(ModelFolder model, string folder)
    {
        var (before, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        using var opened = Catalogue.Open(FileIn(folder));
        var search = new CatalogueSearch(opened);
        Tell("open", before, clock, "a fresh process");
        var like = search.Embedding(search.Find(Path.Combine(folder, "f0", "p1.jpg"))!.Value)!;
        foreach (var (name, query) in new (string, SearchQuery)[]
        {
            ("by example", new SearchQuery { Example = like }),
            ("by example again", new SearchQuery { Example = like }),
            ("by words", new SearchQuery { Text = "a dog in the snow" }),
            ("by words again", new SearchQuery { Text = "two men on a beach" }),
            ("words, embedded", new SearchQuery { Text = "a dog in the snow", TextEmbedding = like }),
            ("by tags", new SearchQuery { Filter = new SearchFilter { Tags = ["dog", "snow"] } }),
            ("example and tag", new SearchQuery { Example = like, Filter = new SearchFilter { Tags = ["dog"] } }),
        })
        {
            (before, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
            var found = search.Run(query);
            Tell(name, before, clock, $"{found.Count} found");
        }
        (before, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        var report = new IndexReport();
        using var indexer = new PictureIndexer(opened, () => model.OpenModel(ModelParts.Embedding));
        indexer.Run([Path.Combine(folder, "f0")], report);
        Tell("one folder", before, clock, $"{report.UnchangedCount} unchanged");
    }

    private static void Fill(Catalogue catalogue, string root, int count, int width)
    {
        var (writer, random, tags) = (new CatalogueWriter(catalogue), new SeededGenerator(1),
            catalogue.Model!.Tags.Count);
        var old = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        for (var start = 0; start < count; start += PerFolder)
        {
            var folder = Path.Combine(root, $"f{start / PerFolder}");
            if (start == 0)
                Directory.CreateDirectory(folder);
            var pictures = new List<IndexedPicture>();
            for (var i = start; i < Math.Min(count, start + PerFolder); i++)
            {
                var path = Path.Combine(folder, $"p{i - start}.jpg");
                if (start == 0)
                {
                    File.WriteAllBytes(path, []);
                    File.SetLastWriteTimeUtc(path, old);
                }
                var scores = new float[tags];
                for (var t = 0; t < ScoresKept; t++)
                    scores[random.NextInt32(tags)] = (float)random.NextDouble(catalogue.Model.Floor,
                        catalogue.Model.Threshold);
                // Some tags are in every second picture, most in few.
                for (var t = 0; t < TagsGiven; t++)
                    scores[(int)(tags * Math.Pow(random.NextDouble(), 3))] = 0.9f;
                var embedding = new float[width];
                for (var n = 0; n < width; n++)
                    embedding[n] = (float)random.NextDouble(-1, 1) + (n == i % width ? 6 : 0);
                pictures.Add(
                    new IndexedPicture(new PendingPicture(new PictureFile(path, 0, old.Ticks),
                    BitConverter.GetBytes(random.NextUInt64()), old.AddMinutes(i), false))
                {
                    Width = 640, Height = 480, Scores = scores, Embedding = embedding, Look = (long)random.NextUInt64(),
                });
            }
            writer.Save(pictures);
        }
    }

    private static void Tell(string what, TimeSpan before, Stopwatch clock, string more)
    {
        var spent = Environment.CpuUsage.TotalTime - before;
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(
            $"{what,-18} {clock.Elapsed.TotalMilliseconds,10:F0} ms (processor {spent.TotalMilliseconds:F0}) · "
            + $"{process.WorkingSet64 >> 20} MB in memory, {process.PeakWorkingSet64 >> 20} MB at most · {more}");
    }
}
