using System.Collections.Concurrent;

namespace Gloss.Text.Parsing;

/// <summary>
/// What each word adds to the first layer's gates, both directions: its pieces, ending and shape, normed, through the
/// input weights. Immutable but for the words that it remembers; serves all threads.
/// </summary>
internal sealed class WordGates
{
    private const int MaxKnownWords = 8000;
    private const float NormEpsilon = 1e-5f;
    private readonly RecurrentWeights weights;
    private readonly int word;
    private readonly float[] input; // (gates, word)
    private readonly float[] bias; // gates
    private readonly ConcurrentDictionary<(string Word, int Shape), float[]> known = new();
    private int knownWords;

    /// <summary>Prepares weights for computing.</summary>
    public WordGates(RecurrentWeights weights)
    {
        this.weights = weights;
        word = weights.Sizes.Word;
        input = [.. weights.Directions[0].Input.ToFloats(), .. weights.Directions[1].Input.ToFloats()];
        bias = [.. weights.Directions[0].Bias, .. weights.Directions[1].Bias];
        Root = Through(weights.Norm.AsSpan(2 * word, word));
    }

    /// <summary>The sums of the root, which stands before the first word: (gates).</summary>
    public float[] Root { get; }

    /// <summary>The sums of a word, (gates); not to be changed. The words that come first are remembered.</summary>
    public float[] Of(string text, bool isFirst)
    {
        var shape = WordShape.Of(text, isFirst);
        if (known.TryGetValue((text, shape), out var found))
            return found;
        Span<float> vector = stackalloc float[word];
        vector.Clear();
        var pieces = weights.Labels.PiecesOf(text);
        weights.Pieces[0].AddRow(pieces[0], vector);
        if (pieces.Length > 1)
        {
            weights.Pieces[1].AddRow(pieces[1], vector);
            weights.Pieces[2].AddRow(pieces[^1], vector);
        }
        weights.Shapes.AddRow(shape, vector);
        weights.Endings.AddRow(WordEnding.Of(text, 2), vector);
        weights.Endings.AddRow(WordEnding.Of(text, 3), vector);
        var mean = 0f;
        foreach (var x in vector)
            mean += x / word;
        var variance = 0f;
        foreach (var x in vector)
            variance += (x - mean) * (x - mean) / word;
        var scale = 1 / MathF.Sqrt(variance + NormEpsilon);
        for (var k = 0; k < word; k++)
            vector[k] = ((vector[k] - mean) * scale * weights.Norm[k]) + weights.Norm[word + k];
        var result = Through(vector);
        // Counted here, because the dictionary's own count would stop all threads.
        if (Volatile.Read(ref knownWords) < MaxKnownWords && known.TryAdd((text, shape), result))
            Interlocked.Increment(ref knownWords);
        return result;
    }

    private float[] Through(ReadOnlySpan<float> vector)
    {
        var result = (float[])bias.Clone();
        Span<float> products = stackalloc float[bias.Length];
        VectorMath.Products(vector, word, 1, word, input, word, products, products.Length);
        VectorMath.Add(result, products);
        return result;
    }
}
