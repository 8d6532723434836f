using Gloss.Torch;

namespace Gloss.Benchmarks;

/// <summary>Deformable attention of a layer of Grounding DINO T's feature enhancer, a picture of 800 × 1066.</summary>
internal static class DeformableBenchmark
{
    private static readonly long[] shapes = [100, 134, 50, 67, 25, 34, 13, 17];

    public static void Run(BenchmarkOptions options)
    {
        Engine.Threads = options.Threads;
        Engine.Seed(1);
        const int heads = 8, levels = 4, points = 4, width = 32;
        long places = 0;
        for (var level = 0; level < levels; level++)
            places += shapes[2 * level] * shapes[2 * level + 1];
        using var scope = TensorScope.Begin();
        var value = Tensors.RandomNormal([1, places, heads, width]);
        var weights = Tensors.RandomNormal([1, places, heads, levels * points]).Softmax(-1)
            .Reshape(1, places, heads, levels, points);
        var locations = Locations(places, heads, levels, points);
        var upstream = Tensors.RandomNormal([1, places, heads * width]);
        Console.WriteLine(
            $"{places} queries over {places} places, {heads} heads of {width}, {levels} levels of {points} points");
        Compare("forwards", attention =>
        {
            using var inference = GradientMode.Inference();
            using var inner = TensorScope.Begin();
            attention(value, shapes, locations, weights);
        });
        Compare("forwards and backwards", attention =>
        {
            using var inner = TensorScope.Begin();
            attention(value.Clone().SetRequiresGrad(), shapes, locations.Clone().SetRequiresGrad(),
                weights.Clone().SetRequiresGrad()).Backward(upstream);
        });
    }

    private static void Compare(string what, Action<Func<Tensor, long[], Tensor, Tensor, Tensor>> run)
    {
        var own = Timing.Measure(() => run(NeuralOperators.DeformableAttention));
        var plain = Timing.Measure(() => run(NeuralOperators.PlainDeformableAttention));
        Console.WriteLine(
            $"{what,-23} own kernel best {own.Best.TotalMilliseconds,6:0.0} median {own.Median.TotalMilliseconds,6:0.0} (processor {own.Processor.TotalMilliseconds,6:0.0}) ms · " +
            $"plain best {plain.Best.TotalMilliseconds,6:0.0} median {plain.Median.TotalMilliseconds,6:0.0} (processor {plain.Processor.TotalMilliseconds,6:0.0}) ms · " +
            $"{plain.Best / own.Best:0.0} times as fast");
    }

    // Around each place's own centre, a few places away, as a trained model looks.
    private static Tensor Locations(long places, int heads, int levels, int points)
    {
        var centres = new float[places * 2];
        var at = 0;
        for (var level = 0; level < levels; level++)
        {
            var (height, width) = (shapes[2 * level], shapes[2 * level + 1]);
            for (var i = 0; i < height * width; i++)
                (centres[at++], centres[at++]) = ((i % width + 0.5f) / width, (i / width + 0.5f) / height);
        }
        using var scope = TensorScope.Begin();
        var sizes =
            Tensor.FromData(
            [.. Enumerable.Range(0, levels).SelectMany(l => new[] { 1f / shapes[2 * l + 1], 1f / shapes[2 * l] })], 1,
            1, 1, levels, 1, 2);
        var offsets = Tensors.RandomNormal([1, places, heads, levels, points, 2]) * 3.0 * sizes;
        return scope.Return(Tensor.FromData(centres, 1, places, 1, 1, 1, 2) + offsets);
    }
}
