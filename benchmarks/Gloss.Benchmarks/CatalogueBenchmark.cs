using System.Diagnostics;
using Gloss.Images;
using Gloss.Inference;
using Gloss.Search;

namespace Gloss.Benchmarks;

/// <summary>A catalogue of many made-up pictures: time to fill, open, search and update one folder; memory.</summary>
internal static class CatalogueBenchmark
{
    private const int PerFolder = 1000;
    private const int TagsKept = 400;

    public static void Run(BenchmarkOptions options)
    {
        var model = ModelFolder.Open(options.Folder ?? ModelFolder.DefaultName);
        var folder = Directory.CreateTempSubdirectory("gloss-catalogue-");
        try
        {
            var file = Path.Combine(folder.FullName, "catalogue.db");
            var clock = Stopwatch.StartNew();
            using (var catalogue = Catalogue.Open(file, mayCreate: true))
            {
                catalogue.UseModel(PictureIndexer.Describe(model));
                Fill(catalogue, folder.FullName, options.Count, options.Width);
                Tell("filled", clock, $"{new FileInfo(file).Length >> 20} MB");
                clock.Restart();
                if (catalogue.UpdateVectors(options.Threads) is { } build)
                    Tell("index", clock, $"{build.Bytes >> 20} MB, recall {build.Recall:F3}");
            }
            GC.Collect();
            clock.Restart();
            using var opened = Catalogue.Open(file);
            var search = new CatalogueSearch(opened);
            Tell("open", clock);
            var like = search.Embedding(search.Find(Path.Combine(folder.FullName, "f0", "p1.jpg"))!.Value)!;
            foreach (var (name, query) in new (string, SearchQuery)[]
            {
                ("by words", new SearchQuery { Text = "a dog in the snow" }), ("by words again", new SearchQuery { Text = "two men on a beach" }),
                ("by tags", new SearchQuery { Filter = new SearchFilter { Tags = ["dog", "snow"] } }),
                ("by example", new SearchQuery { Example = like }), ("by example again", new SearchQuery { Example = like }),
                ("example and tag", new SearchQuery { Example = like, Filter = new SearchFilter { Tags = ["dog"] } }),
            })
            {
                clock.Restart();
                var found = search.Run(query);
                Tell(name, clock, $"{found.Count} found");
            }
            clock.Restart();
            var report = new IndexReport();
            using var indexer = new PictureIndexer(opened, () => model.OpenModel(ModelParts.Embedding));
            indexer.Run([Path.Combine(folder.FullName, "f0")], report);
            Tell("one folder", clock, $"{report.UnchangedCount} unchanged");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Fill(Catalogue catalogue, string root, int count, int width)
    {
        var (writer, random, tags) = (new CatalogueWriter(catalogue), new SeededGenerator(1), catalogue.Model!.Tags.Count);
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
                for (var t = 0; t < TagsKept; t++)
                    scores[random.NextInt32(tags)] = (float)Math.Pow(random.NextDouble(), 0.15);
                var embedding = new float[width];
                for (var n = 0; n < width; n++)
                    embedding[n] = (float)random.NextDouble(-1, 1) + (n == i % width ? 6 : 0);
                pictures.Add(new IndexedPicture(new PendingPicture(new PictureFile(path, 0, old.Ticks), BitConverter.GetBytes(random.NextUInt64()), old.AddMinutes(i), false))
                {
                    Width = 640, Height = 480, Scores = scores, Embedding = embedding, Look = (long)random.NextUInt64(),
                });
            }
            writer.Save(pictures);
        }
    }

    private static void Tell(string what, Stopwatch clock, string more = "")
    {
        using var process = Process.GetCurrentProcess();
        Console.WriteLine($"{what,-18} {clock.Elapsed.TotalMilliseconds,10:F0} ms · {process.WorkingSet64 >> 20} MB in memory, {process.PeakWorkingSet64 >> 20} MB at most · {more}");
    }
}
