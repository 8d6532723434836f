using System.Security.Cryptography;
using System.Text;
using Gloss.Data;
using Gloss.Images;
using Gloss.Models.EfficientNet;
using Gloss.Models.GroundingDino;
using Gloss.Torch;
using Gloss.Torch.Inference;

namespace Gloss.Training.Grounding;

/// <summary>The maps of a frozen EfficientNet-Lite of views of pictures, computed once and kept on disk.</summary>
internal sealed class BackboneMaps : IDisposable
{
    private const int BatchSize = 16;
    private readonly FeatureCache cache;
    private readonly PlanOutput[] outputs;

    private BackboneMaps(FeatureCache cache, PlanOutput[] outputs) => (this.cache, this.outputs) = (cache, outputs);

    /// <summary>Opens or computes the maps; row i is what <paramref name="load"/> gives for i.</summary>
    public static BackboneMaps OpenOrBuild(GroundingDinoModel model, int side, string folder, string name,
        string identity, int rows,
        Func<int, RgbImage> load, Action<string>? report)
    {
        const string prefix = "network.";
        var config = model.Config.Backbone.EfficientNetLite! with { ImageSize = side };
        using var scope = TensorScope.Begin();
        var state = model.Backbone.State();
        string[] stages = [.. new[] { "stage3", "stage5", "stage7" }[^model.Config.BackboneLevels..]];
        using var plan = EfficientNetLitePlan.Describe(config, weight => state[prefix + weight].To(ScalarType.Float32)
            .ToArray<float>(), stages)
            .Build(threads: Engine.Threads);
        // The plan's own order of outputs may be another.
        PlanOutput[] outputs = [.. stages.Select(stage => plan.Outputs.Single(o => o.Name == stage))];
        int[] order = [.. outputs.Select(o => plan.Outputs.ToList().IndexOf(o))];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{side} {string.Join(' ', stages)} {identity}"));
        foreach (var (_, value) in state)
            hash.AppendData(value.ToBytes());
        var key = Convert.ToHexStringLower(hash.GetHashAndReset());
        var width = outputs.Sum(o => o.Length);
        var cache = FeatureCache.OpenOrBuild(Path.Combine(folder, $"{name}-{key[..16]}.safetensors"), key, rows, 1,
            width, (start, count) =>
        {
            report?.Invoke($"maps of {name}: {start}/{rows}");
            var images = Enumerable.Range(start, count).AsParallel().AsOrdered().Select(load).ToArray();
            var results = plan.Outputs.Select(o => new float[count * o.Length]).ToArray();
            plan.Run(images.SelectMany(i => i.Pixels).ToArray(), count, [.. results.Select(r => r.AsMemory())]);
            using var inner = TensorScope.Begin();
            return inner.Return(TensorShape.Concatenate(2,
                [.. outputs.Select((o, i) => Tensor.FromData(results[order[i]], count, 1, o.Length))]));
        }, rowsAtATime: BatchSize);
        return new BackboneMaps(cache, outputs);
    }

    /// <summary>Maps (B, channels, h, w) of rows, finest first; the current scope owns them.</summary>
    public Tensor[] Read(ReadOnlySpan<int> rows)
    {
        using var scope = TensorScope.Begin();
        var parts = cache.Read(rows).Split(2, [.. outputs.Select(o => (long)o.Length)]);
        return [.. parts.Select((part, i) =>
            scope.Return(part.Reshape(-1, outputs[i].Height, outputs[i].Width, outputs[i].Channels).Permute(0, 3, 1, 2)
            .Contiguous()))];
    }

    /// <inheritdoc/>
    public void Dispose() => cache.Dispose();
}
