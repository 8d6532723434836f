using Gloss.Torch;

namespace Gloss.Data;

/// <summary>
/// Features (N, T, C) of a frozen encoder, kept in a memory-mapped safetensors file, so that what stands on the encoder
/// trains without running it. Reading is safe on several threads at once.
/// </summary>
public sealed class FeatureCache : IDisposable
{
    private const string Name = "features";
    private readonly Tensor features;

    private FeatureCache(Tensor features) => this.features = features;

    /// <summary>Rows: one a picture (and view).</summary>
    public int Count => (int)features.Size(0);

    /// <summary>Tokens of a picture.</summary>
    public int Tokens => (int)features.Size(1);

    /// <summary>Values of a token.</summary>
    public int Width => (int)features.Size(2);

    /// <summary>
    /// Opens the cache at <paramref name="path"/> when it was made for the same <paramref name="identity"/> and sizes,
    /// else computes it anew and writes it atomically.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="identity">Names all that the features depend on: encoder and weights, list of pictures,
    /// view.</param>
    /// <param name="count">N.</param>
    /// <param name="tokens">T.</param>
    /// <param name="width">C.</param>
    /// <param name="compute">Given start and count, returns the features (count, T, C) of those rows, any real type;
    /// the cache disposes them.</param>
    /// <param name="progress">Told the number of rows done.</param>
    /// <param name="type">How the features are kept; half precision has 11 significant bits and reaches 65,504.</param>
    /// <param name="rowsAtATime">Largest count asked of <paramref name="compute"/>.</param>
    /// <param name="cancellationToken">Stops between calls of <paramref name="compute"/>; nothing is left
    /// behind.</param>
    /// <exception cref="DatasetException">Features have another shape or do not fit the type.</exception>
    public static FeatureCache OpenOrBuild(string path, string identity, int count, int tokens, int width,
        Func<int, int, Tensor> compute, IProgress<int>? progress = null, ScalarType type = ScalarType.Float16,
        int rowsAtATime = 32, CancellationToken cancellationToken = default)
    {
        if (type is not (ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32))
            throw new ArgumentOutOfRangeException(nameof(type), type, "expected Float16, BFloat16 or Float32");
        var entry = new SafetensorsEntry(type, [count, tokens, width], 0,
            (long)count * tokens * width * type.SizeInBytes());
        if (File.Exists(path) && TryOpen(path, identity, entry) is { } cache)
            return cache;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Build(path, identity, entry, compute, progress, rowsAtATime, cancellationToken);
        return TryOpen(path, identity, entry)
            ?? throw new DatasetException($"{path} · the features that were just written cannot be read back");
    }

    /// <summary>The features of rows, (ids, T, C) float32; the caller owns them.</summary>
    public Tensor Read(ReadOnlySpan<int> ids)
    {
        var indices = new long[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)Count)
                throw new ArgumentOutOfRangeException(nameof(ids), ids[i], $"the cache has {Count} rows");
            indices[i] = ids[i];
        }
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        return scope.Return(features.IndexSelect(0, Tensor.FromData(indices, indices.Length)).To(ScalarType.Float32));
    }

    /// <summary>
    /// The features of <paramref name="count"/> rows from <paramref name="start"/>, (count, T, C) float32; the caller
    /// owns them.
    /// </summary>
    public Tensor Read(int start, int count) => Read(Enumerable.Range(start, count).ToArray());

    /// <inheritdoc/>
    public void Dispose() => features.Dispose();

    private static FeatureCache? TryOpen(string path, string identity, SafetensorsEntry expected)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            return file.Metadata.GetValueOrDefault("identity") == identity
                && file.Entries.TryGetValue(Name, out var entry)
                && entry.Type == expected.Type && entry.Shape.AsSpan().SequenceEqual(expected.Shape)
                    ? new FeatureCache(TensorScope.Detach(file.Read(Name)))
                    : null;
        }
        catch (CheckpointException)
        {
            // A cache holds nothing that cannot be computed again.
            return null;
        }
    }

    private static void Build(string path, string identity, SafetensorsEntry entry, Func<int, int, Tensor> compute,
        IProgress<int>? progress, int rowsAtATime, CancellationToken cancellationToken)
    {
        var (count, shape) = ((int)entry.Shape[0], entry.Shape);
        var header = SafetensorsHeader.Write([new(Name, entry)],
            new Dictionary<string, string> { ["identity"] = identity });
        AtomicFile.Write(path, stream =>
        {
            stream.Write(BitConverter.GetBytes((ulong)header.Length));
            stream.Write(header);
            using var noGradient = GradientMode.None();
            for (var start = 0; start < count; start += rowsAtATime)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = TensorScope.Begin();
                var rows = Math.Min(rowsAtATime, count - start);
                var computed = compute(start, rows);
                if (!computed.Shape.AsSpan().SequenceEqual([rows, shape[1], shape[2]]))
                {
                    throw new DatasetException($"{path} · features of rows {start}–{start + rows - 1} · expected " +
                        $"({rows}, {shape[1]}, {shape[2]}), got {computed}");
                }
                var kept = computed.To(entry.Type).To(Device.Cpu).Contiguous();
                if (!kept.IsFinite())
                {
                    throw new DatasetException(
                        $"{path} · features of rows {start}–{start + rows - 1} are not finite as " +
                        $"{entry.Type} · hint: another type, or a broken picture among them");
                }
                stream.Write(kept.ToBytes());
                progress?.Report(start + rows);
            }
        });
    }
}
