using System.Diagnostics;
using System.Runtime.InteropServices;
using Gloss.Images;
using Gloss.Search;
using Gloss.Search.Vectors;

namespace Gloss.Benchmarks;

/// <summary>
/// Search among many synthetic vectors in clusters: exact, and by FAISS's graph or cells with the found ones looked at
/// again.
/// </summary>
internal static class SearchBenchmark
{
    private const int Queries = 100;
    private const int Found = 10;
    private const int Chunk = 10_000;
    private const double Spread = 0.6;
    private const int Groups = 100;
    private const int Directions = 512;

    public static void Run(BenchmarkOptions options)
    {
        var (count, width) = (options.Count, options.Width);
        var random = new SeededGenerator(1);
        // Clusters of clusters, each spread along directions of its own: embeddings of pictures lie like that.
        var groups = Enumerable.Range(0, Groups).Select(_ => Around(random, new float[width], 1)).ToArray();
        var centres = Enumerable.Range(0, Math.Min(count, options.Clusters))
            .Select(i => Around(random, groups[i % Groups], 1)).ToArray();
        var directions = Enumerable.Range(0, Directions).Select(_ => Around(random, new float[width], 1)).ToArray();
        var isFull = options.Dimensions >= width;
        float[] Member(SeededGenerator own, int cluster) => isFull ? Around(own, centres[cluster], Spread)
            : Along(own, centres[cluster], Enumerable.Range(0, options.Dimensions)
                .Select(j => directions[((cluster * 31) + (j * 17)) % Directions]));
        var queries = Enumerable.Range(0, Queries).Select(_ => Member(random, random.NextInt32(centres.Length)))
            .ToArray();
        var ids = Enumerable.Range(0, count).Select(i => (long)i).ToArray();
        var folder = Directory.CreateTempSubdirectory("gloss-search-");
        try
        {
            var file = Path.Combine(folder.FullName, "flat");
            // Each vector is a function of its number: nothing is kept.
            byte[] Packed(long i) =>
                HalfVectors.Pack(Member(new SeededGenerator(2, (ulong)i), (int)(i % centres.Length)));
            FlatIndex.Write(file, width, ids, ids.Select(Packed));
            Console.WriteLine(
                $"{count} vectors of {width} in {centres.Length} clusters of {Math.Min(options.Dimensions, width)} "
                + $"dimensions");
            using var flat = FlatIndex.Open(file, options.Threads);
            var exact = queries.Select(query => flat.Search(query, Found)).ToArray();
            var timing = Timing.Measure(() => flat.Search(queries[0], Found));
            Console.WriteLine(
                $"exact      {Milliseconds(timing.Median)} ms a query (processor {Milliseconds(timing.Processor)} ms), "
                + $"{new FileInfo(file).Length >> 20} MB");
            if (!VectorSupport.IsAvailable)
            {
                Console.WriteLine("FAISS is not installed");
                return;
            }
            Measure(options, $"IVF{FaissIndex.CellsFor(count)},SQ8", Path.Combine(folder.FullName, "cells"), flat,
                queries, exact);
            Measure(options, "IDMap,HNSW32_SQ8", Path.Combine(folder.FullName, "graph"), flat, queries, exact);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Measure(BenchmarkOptions options, string description, string file, FlatIndex flat,
        float[][] queries, List<(long Id, float Score)>[] exact)
    {
        var (count, width) = ((int)flat.Count, flat.Width);
        var (before, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        using (var index = FaissIndex.Create(width, description, options.Threads))
        {
            var sample = new float[Math.Min(count, 100_000) * width];
            for (var i = 0; i < sample.Length / width; i++)
                HalfVectors.Unpack(flat.Packed((long)i * count / (sample.Length / width)),
                    sample.AsSpan(i * width, width));
            index.Train(sample);
            var trained = clock.Elapsed;
            for (var start = 0; start < count; start += Chunk)
            {
                var rows = Enumerable.Range(start, Math.Min(Chunk, count - start)).Select(row => (long)row).ToArray();
                var chunk = new float[rows.Length * width];
                for (var i = 0; i < rows.Length; i++)
                    HalfVectors.Unpack(flat.Packed(rows[i]), chunk.AsSpan(i * width, width));
                index.Add(chunk, rows);
            }
            index.Write(file);
            Console.WriteLine(
                $"{description}: {trained.TotalSeconds:F0} s to learn, {(clock.Elapsed - trained).TotalSeconds:F0} s "
                + $"to add and write "
                + $"(processor {(Environment.CpuUsage.TotalTime - before).TotalSeconds:F0} s), "
                + $"{new FileInfo(file).Length >> 20} MB");
        }
        clock.Restart();
        using var opened = FaissIndex.Open(file, 1, options.Threads);
        Console.WriteLine($"opened in {Milliseconds(clock.Elapsed)} ms");
        for (var probes = 4; probes <= 1024; probes *= 2)
        {
            opened.Probes = probes;
            var hits = queries.Select((query, i) => Best(query).Select(item => item.Id)
                .Intersect(exact[i].Select(item => item.Id)).Count()).Sum();
            var at = 0;
            var timing = Timing.Measure(() => Best(queries[at++ % queries.Length]));
            var recall = (double)hits / exact.Sum(few => few.Count);
            Console.WriteLine(
                $"{probes,5}: recall@{Found} {recall:F3}, {Milliseconds(timing.Median)} ms a query (processor "
                + $"{Milliseconds(timing.Processor)} ms)");
            if (recall >= 0.995)
                break;
        }

        List<(long Id, float Score)> Best(float[] query)
        {
            var best = new BestFew(Found);
            foreach (var (id, _) in opened.Search(query, VectorStore.Candidates(Found)))
                best.Offer(id, HalfVectors.Dot(MemoryMarshal.Cast<byte, ushort>(flat.Packed(id)), query));
            return best.Sorted();
        }
    }

    private static string Milliseconds(TimeSpan time) => $"{time.TotalMilliseconds:F2}";

    // A point of a cluster that is flat but for these directions.
    private static float[] Along(SeededGenerator random, float[] centre, IEnumerable<float[]> directions)
    {
        var all = directions.ToArray();
        var scale = Spread * Math.Sqrt(3.0 / all.Length);
        var vector = (float[])centre.Clone();
        foreach (var direction in all)
        {
            var step = (float)(scale * random.NextDouble(-1, 1));
            for (var i = 0; i < vector.Length; i++)
                vector[i] += step * direction[i];
        }
        return Normalized(vector);
    }

    private static float[] Around(SeededGenerator random, float[] centre, double spread)
    {
        var scale = spread * Math.Sqrt(3.0 / centre.Length);
        return Normalized(Array.ConvertAll(centre, value => (float)(value + (scale * random.NextDouble(-1, 1)))));
    }

    private static float[] Normalized(float[] vector)
    {
        var length = Math.Sqrt(vector.Sum(value => (double)value * value));
        return Array.ConvertAll(vector, value => (float)(value / length));
    }
}
