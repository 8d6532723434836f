using System.Diagnostics;
using Gloss.Images;
using Gloss.Search;
using Gloss.Search.Vectors;

namespace Gloss.Benchmarks;

/// <summary>
/// Search among many synthetic vectors in clusters: all compared, and those of the nearest cells.
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
            CellIndex.Write(file, width, ids, ids.Select(id => (id, Packed(id))));
            Console.WriteLine(
                $"{count} vectors of {width} in {centres.Length} clusters of {Math.Min(options.Dimensions, width)} "
                + $"dimensions");
            using var flat = CellIndex.Open(file, options.Threads);
            var exact = queries.Select(query => flat.Search(query, Found)).ToArray();
            var timing = Timing.Measure(() => flat.Search(queries[0], Found));
            Console.WriteLine(
                $"exact      {Milliseconds(timing.Median)} ms a query (processor {Milliseconds(timing.Processor)} ms), "
                + $"{new FileInfo(file).Length >> 20} MB");
            if (VectorSupport.IsAvailable)
                Measure(options, Path.Combine(folder.FullName, "cells"), flat, queries, exact);
            else
                Console.WriteLine("FAISS is not installed");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Measure(BenchmarkOptions options, string file, CellIndex flat, float[][] queries,
        List<(long Id, float Score)>[] exact)
    {
        var (count, width) = ((int)flat.Count, flat.Width);
        var (before, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        float[] Rows(IReadOnlyList<long> rows)
        {
            var vectors = new float[rows.Count * width];
            for (var i = 0; i < rows.Count; i++)
                HalfVectors.Unpack(flat.Packed(rows[i]), vectors.AsSpan(i * width, width));
            return vectors;
        }
        var sampled = (int)Math.Min(count, FaissCells.SampleFor(FaissCells.CountFor(count)));
        var middles = FaissCells.Middles(Rows([.. Enumerable.Range(0, sampled).Select(i => (long)i * count / sampled)]),
            width, FaissCells.CountFor(count), options.Threads);
        var learned = clock.Elapsed;
        var cellOf = new int[count];
        for (var start = 0; start < count; start += Chunk)
        {
            var rows = Enumerable.Range(start, Math.Min(Chunk, count - start)).Select(row => (long)row).ToArray();
            FaissCells.Assign(middles, width, Rows(rows), cellOf.AsSpan(start, rows.Length), options.Threads);
        }
        long[] all = [.. Enumerable.Range(0, count).Select(i => (long)i)];
        CellIndex.Write(file, width, all, all.Select(id => (id, flat.Packed(id).ToArray())), middles, cellOf);
        using var opened = CellIndex.Open(file, options.Threads);
        Console.WriteLine(
            $"{opened.Cells} cells: {learned.TotalSeconds:F0} s to learn, {(clock.Elapsed - learned).TotalSeconds:F0} "
            + $"s "
            + $"to assign and write (processor {(Environment.CpuUsage.TotalTime - before).TotalSeconds:F0} s), "
            + $"{new FileInfo(file).Length >> 20} MB");
        for (opened.Probes = 4; ; opened.Probes *= 2)
        {
            var hits = queries.Select((query, i) => opened.Search(query, Found).Select(item => item.Id)
                .Intersect(exact[i].Select(item => item.Id)).Count()).Sum();
            var at = 0;
            var timing = Timing.Measure(() => opened.Search(queries[at++ % queries.Length], Found));
            var recall = (double)hits / exact.Sum(few => few.Count);
            Console.WriteLine(
                $"{opened.Probes,5}: recall@{Found} {recall:F3}, {Milliseconds(timing.Median)} ms a query (processor "
                + $"{Milliseconds(timing.Processor)} ms)");
            if (recall >= 0.995 || opened.Probes == opened.Cells)
                break;
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
