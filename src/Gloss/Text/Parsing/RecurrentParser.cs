using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gloss.Text.Parsing;

/// <summary>
/// Runs the parser that <c>gloss train configs/parser.json</c> trained, without tensors: recurrent layers in both directions
/// over words (Kiperwasser and Goldberg 2016), tags from each word, heads by a biaffine form (Dozat and Manning 2017), the best
/// tree, relations from both ends of its arcs. Products are of bytes. Immutable but for what it remembers of words.
/// </summary>
internal sealed class RecurrentParser
{
    private const int MaxKnownWords = 8000;
    private const float NormEpsilon = 1e-5f;
    private readonly RecurrentWeights weights;
    private readonly ParserLabels labels;
    private readonly int word;
    private readonly int state;
    private readonly int gates; // of both directions
    private readonly float[] firstInput; // (gates, word)
    private readonly float[][] biases; // of each layer, gates
    private readonly ByteMatrix?[] inputs; // of each layer but the first
    private readonly ByteMatrix[] recurrent; // of each layer and direction
    private readonly ByteMatrix heads;
    private readonly float[] arcForm;
    private readonly float[] relationForm;
    private readonly int rootRelation;
    private readonly ConcurrentDictionary<(string Word, int Shape), float[]> known = new();
    private readonly float[] rootGates;
    [ThreadStatic] private static Workspace? threadSpace;

    /// <summary>Prepares weights for computing.</summary>
    public RecurrentParser(RecurrentWeights weights)
    {
        this.weights = weights;
        labels = weights.Labels;
        (word, state) = (weights.Sizes.Word, weights.Sizes.State);
        gates = 8 * state;
        var layers = weights.Sizes.Layers;
        firstInput = [.. weights.Directions[0].Input.ToFloats(), .. weights.Directions[1].Input.ToFloats()];
        biases = [.. Enumerable.Range(0, layers).Select(l => (float[])[.. weights.Directions[2 * l].Bias, .. weights.Directions[(2 * l) + 1].Bias])];
        inputs = [.. Enumerable.Range(0, layers).Select(l => l == 0 ? null
            : new ByteMatrix(ByteRows.Join(weights.Directions[2 * l].Input, weights.Directions[(2 * l) + 1].Input)))];
        recurrent = [.. weights.Directions.Select(d => new ByteMatrix(d.Recurrent))];
        heads = new ByteMatrix(weights.Heads.Weights);
        arcForm = weights.Arc.Form.ToFloats();
        relationForm = weights.Relations.Weights.ToFloats();
        rootRelation = labels.RelationIds.GetValueOrDefault("root");
        rootGates = FirstGates(weights.Norm.AsSpan(2 * word, word));
    }

    /// <summary>What the numbers mean.</summary>
    public ParserLabels Labels => labels;

    /// <summary>Tags, heads (-1 the root) and relations of a sentence's words.</summary>
    public (PosTag[] Tags, int[] Heads, string[] Relations) Parse(IReadOnlyList<string> words)
    {
        var count = words.Count;
        if (count == 0)
            return ([], [], []);
        var space = threadSpace ??= new Workspace();
        var rows = count + 1;
        var gateRows = space.Floats(0, rows * gates);
        rootGates.CopyTo(gateRows);
        for (var i = 0; i < count; i++)
            GatesOf(words[i], i == 0).CopyTo(gateRows[((i + 1) * gates)..]);
        var states = space.Bytes(0, rows * 2 * state);
        for (var layer = 0; layer < biases.Length; layer++)
        {
            if (layer > 0)
            {
                for (var t = 0; t < rows; t++)
                    biases[layer].CopyTo(gateRows[(t * gates)..]);
                inputs[layer]!.MultiplyAdd(states[..(rows * 2 * state)], gateRows);
            }
            Run(recurrent[2 * layer], gateRows, states, rows, 0, isForward: true, space);
            Run(recurrent[(2 * layer) + 1], gateRows, states, rows, 1, isForward: false, space);
        }
        return ReadHeads(states[..(rows * 2 * state)], count, space);
    }

    private (PosTag[] Tags, int[] Heads, string[] Relations) ReadHeads(ReadOnlySpan<byte> states, int count, Workspace space)
    {
        var (rows, stride) = (count + 1, heads.Stride);
        var (tagCount, arc, relation) = (labels.Tags.Count, weights.Sizes.Arc, weights.Sizes.Relation);
        var outputs = space.Floats(1, rows * stride);
        for (var t = 0; t < rows; t++)
            weights.Heads.Bias.CopyTo(outputs[(t * stride)..]);
        for (var t = 0; t < rows; t++)
            outputs.Slice((t * stride) + weights.Heads.Bias.Length, stride - weights.Heads.Bias.Length).Clear();
        heads.MultiplyAdd(states, outputs);
        var (dependentAt, headAt, ofDependent, ofHead) = (tagCount, tagCount + arc, tagCount + (2 * arc), tagCount + (2 * arc) + relation);

        var tags = new PosTag[count];
        var scores = space.Floats(2, count * rows);
        var form = space.Floats(3, arc);
        for (var t = 0; t < rows; t++)
            VectorMath.Relu(outputs.Slice((t * stride) + dependentAt, 2 * arc));
        var reach = weights.Distances.Length / 2;
        for (var i = 0; i < count; i++)
        {
            var row = outputs.Slice((i + 1) * stride, stride);
            tags[i] = labels.Tags[VectorMath.IndexOfMax(row[..tagCount])];
            var dependent = row.Slice(dependentAt, arc);
            VectorMath.Dots(dependent, arcForm, arc, form);
            VectorMath.Add(form, weights.Arc.Bias);
            var own = scores.Slice(i * rows, rows);
            VectorMath.Dots(form, outputs[headAt..], stride, own);
            for (var h = 0; h < rows; h++)
                own[h] += weights.Distances[Math.Clamp(h - (i + 1), -reach, reach) + reach];
        }
        var found = new int[count];
        TreeDecoder.Decode(scores, count, found);

        var relations = new string[count];
        var hidden = form[..relation];
        var named = space.Floats(4, labels.Relations.Count);
        for (var i = 0; i < count; i++)
        {
            if (found[i] < 0)
            {
                relations[i] = "root";
                continue;
            }
            outputs.Slice(((i + 1) * stride) + ofDependent, relation).CopyTo(hidden);
            VectorMath.Add(hidden, outputs.Slice(((found[i] + 1) * stride) + ofHead, relation));
            VectorMath.Relu(hidden);
            VectorMath.Dots(hidden, relationForm, relation, named);
            VectorMath.Add(named, weights.Relations.Bias);
            named[rootRelation] = float.NegativeInfinity;
            relations[i] = labels.Relations[VectorMath.IndexOfMax(named)];
        }
        return (tags, found, relations);
    }

    // One direction of a layer: gates hold the inputs' part; states take the new state as bytes.
    private void Run(ByteMatrix matrix, Span<float> gateRows, Span<byte> states, int rows, int direction, bool isForward, Workspace space)
    {
        var cell = space.Floats(5, state);
        cell.Clear();
        for (var step = 0; step < rows; step++)
        {
            var t = isForward ? step : rows - 1 - step;
            var own = gateRows.Slice((t * gates) + (direction * 4 * state), 4 * state);
            if (step > 0)
            {
                var before = isForward ? t - 1 : t + 1;
                matrix.MultiplyAdd(states.Slice((before * 2 * state) + (direction * state), state), own);
            }
            Update(own, cell, states.Slice((t * 2 * state) + (direction * state), state));
        }
    }

    private void Update(Span<float> own, Span<float> cell, Span<byte> target)
    {
        ref var g = ref MemoryMarshal.GetReference(own);
        ref var c = ref MemoryMarshal.GetReference(cell);
        ref var b = ref MemoryMarshal.GetReference(target);
        var scale = Vector512.Create(127f);
        var middle = Vector512.Create(128.5f); // rounds when cut off
        for (nuint k = 0; k < (nuint)state; k += 16)
        {
            var n = (nuint)state;
            var input = Sigmoid(Vector512.LoadUnsafe(ref g, k));
            var forget = Sigmoid(Vector512.LoadUnsafe(ref g, n + k));
            var candidate = Tanh(Vector512.LoadUnsafe(ref g, (2 * n) + k));
            var output = Sigmoid(Vector512.LoadUnsafe(ref g, (3 * n) + k));
            var cells = (forget * Vector512.LoadUnsafe(ref c, k)) + (input * candidate);
            cells.StoreUnsafe(ref c, k);
            var whole = Vector512.ConvertToInt32((output * Tanh(cells) * scale) + middle);
            if (Avx512F.IsSupported)
            {
                Avx512F.ConvertToVector128Byte(whole).StoreUnsafe(ref b, k);
            }
            else
            {
                for (var i = 0; i < 16; i++)
                    target[(int)k + i] = (byte)whole[i];
            }
        }
    }

    // Rational approximation of the hyperbolic tangent, as in Eigen: error below 1e-6.
    private static Vector512<float> Tanh(Vector512<float> x)
    {
        x = Vector512.Min(Vector512.Max(x, Vector512.Create(-7.9f)), Vector512.Create(7.9f));
        var square = x * x;
        var p = Vector512.Create(-2.76076847742355e-16f);
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(2.00018790482477e-13f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(-8.60467152213735e-11f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(5.12229709037114e-08f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(1.48572235717979e-05f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(6.37261928875436e-04f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(4.89352455891786e-03f));
        var q = Vector512.Create(1.19825839466702e-06f);
        q = Vector512.FusedMultiplyAdd(q, square, Vector512.Create(1.18534705686654e-04f));
        q = Vector512.FusedMultiplyAdd(q, square, Vector512.Create(2.26843463243900e-03f));
        q = Vector512.FusedMultiplyAdd(q, square, Vector512.Create(4.89352518554385e-03f));
        return x * p * Reciprocal(q);
    }

    private static Vector512<float> Reciprocal(Vector512<float> x)
    {
        if (!Avx512F.IsSupported)
            return Vector512<float>.One / x;
        var near = Avx512F.Reciprocal14(x);
        return near * Vector512.FusedMultiplyAdd(-near, x, Vector512.Create(2f)); // a step of Newton's
    }

    private static Vector512<float> Sigmoid(Vector512<float> x)
    {
        var half = Vector512.Create(0.5f);
        return Vector512.FusedMultiplyAdd(Tanh(x * half), half, half);
    }

    // What a word adds to the first layer's gates, both directions; the frequent words are remembered.
    private ReadOnlySpan<float> GatesOf(string text, bool isFirst)
    {
        var shape = WordShape.Of(text, isFirst);
        if (known.TryGetValue((text, shape), out var found))
            return found;
        Span<float> vector = stackalloc float[word];
        vector.Clear();
        var pieces = labels.PiecesOf(text);
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
        var result = FirstGates(vector);
        if (known.Count < MaxKnownWords)
            known.TryAdd((text, shape), result);
        return result;
    }

    private float[] FirstGates(ReadOnlySpan<float> vector)
    {
        var result = (float[])biases[0].Clone();
        Span<float> products = stackalloc float[gates];
        VectorMath.Dots(vector, firstInput, word, products);
        VectorMath.Add(result, products);
        return result;
    }

    // Memory of a thread, which grows to what its longest sentence needs.
    private sealed class Workspace
    {
        private readonly float[][] floats = [[], [], [], [], [], []];
        private readonly byte[][] bytes = [[]];

        public Span<float> Floats(int slot, int length)
        {
            if (floats[slot].Length < length)
                floats[slot] = new float[length * 5 / 4];
            return floats[slot].AsSpan(0, length);
        }

        public Span<byte> Bytes(int slot, int length)
        {
            if (bytes[slot].Length < length)
                bytes[slot] = new byte[length * 5 / 4];
            return bytes[slot].AsSpan(0, length);
        }
    }
}
