using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gloss.Models.Tag2Text;
using Gloss.Text.Parsing;
using Gloss.Torch;

namespace Gloss.Inference;

/// <summary>
/// The text side of a model's alignment branch for one text, in plain C# and float32: what
/// <see cref="AlignmentBranch.EmbedTexts"/> computes, without libtorch, whose start alone takes longer than a whole
/// search. Tables below are row-major: T tokens, C the hidden size.
/// </summary>
internal sealed class TextTower
{
    private const string Root = "alignment.";
    private const string Encoder = Root + "text_encoder.";
    // Rows of a matrix that are widened and multiplied together: they stay in the cache of a core.
    private const int Block = 16;

    private readonly SafetensorsFile file;
    private readonly Tag2TextConfig config;
    private readonly int tokens;
    private readonly int width;

    private TextTower(SafetensorsFile file, Tag2TextConfig config, int tokens) =>
        (this.file, this.config, this.tokens, width) = (file, config, tokens, (int)config.HiddenSize);

    /// <summary>Whether a model has such a side.</summary>
    public static bool CanRun(ModelConfig config) => config.Tag2Text?.Alignment is not null;

    /// <summary>A text to an embedding of length 1. A long text is cut.</summary>
    public static float[] Embed(ModelFolder folder, string text)
    {
        var config = folder.Config.Tag2Text!;
        var alignment = config.Alignment!;
        using var file = folder.OpenWeights();
        var ids = new Tag2TextTokens(folder.ReadWordPieces(), config).EncodeText(text, alignment.MaxTokens);
        return new TextTower(file, config, ids.Length).Run(ids, alignment);
    }

    private float[] Run(int[] ids, AlignmentConfig alignment)
    {
        var x = Embeddings(ids); // (T, C)
        for (var layer = 0; layer < alignment.Layers; layer++)
        {
            var name = $"{Encoder}encoder.layer.{layer}.";
            var gathered = Linear(Attention(x, name + "attention.self."), name + "attention.output.dense");
            x = Norm(gathered, x, name + "attention.output.LayerNorm");
            var inner = Linear(x, name + "intermediate.dense");
            foreach (ref var value in inner.AsSpan())
                value = Gelu(value);
            x = Norm(Linear(inner, name + "output.dense"), x, name + "output.LayerNorm");
        }
        var pooled = x.AsSpan(0, width).ToArray();
        for (var i = 0; alignment.HasMeanPooling && i < width; i++)
        {
            pooled[i] = 0;
            for (var t = 0; t < tokens; t++)
                pooled[i] += x[(t * width) + i] / tokens;
        }
        var embedding = Linear(pooled, Root + "text_proj", rows: 1);
        PictureEmbedder.Normalize(embedding, embedding.Length);
        return embedding;
    }

    // Words, and where they stand.
    private float[] Embeddings(int[] ids)
    {
        var (words, positions) = (Weight("embeddings.word_embeddings"), Weight("embeddings.position_embeddings"));
        var (sum, position) = (new float[tokens * width], new float[width]);
        for (var t = 0; t < tokens; t++)
        {
            words.Read(ids[t], sum.AsSpan(t * width, width));
            positions.Read(t, position);
            for (var i = 0; i < width; i++)
                sum[(t * width) + i] += position[i];
        }
        return Norm(sum, null, Encoder + "embeddings.LayerNorm");

        StoredRows Weight(string name) => new(file, Encoder + name + ".weight");
    }

    // Each token gathers from all, head by head.
    private float[] Attention(float[] x, string name)
    {
        var (queries, keys, values) = (Linear(x, name + "query"), Linear(x, name + "key"), Linear(x, name + "value"));
        var (mixed, weights, size) = (new float[x.Length], new float[tokens * tokens], width / (int)config.Heads);
        for (var head = 0; head < width; head += size)
        {
            VectorMath.Products(queries.AsSpan(head), width, tokens, size, keys.AsSpan(head), width,
                weights, tokens);
            for (var t = 0; t < tokens; t++)
            {
                var row = weights.AsSpan(t * tokens, tokens);
                Softmax(row, 1 / MathF.Sqrt(size));
                for (var other = 0; other < tokens; other++)
                {
                    for (var i = head; i < head + size; i++)
                        mixed[(t * width) + i] += row[other] * values[(other * width) + i];
                }
            }
        }
        return mixed;
    }

    private float[] Linear(float[] x, string name, int? rows = null)
    {
        var (weight, bias) = (new StoredRows(file, name + ".weight"), file.ReadFloats(name + ".bias"));
        var count = rows ?? tokens;
        var (block, products) = (new float[Block * weight.Width], new float[count * Block]);
        var result = new float[count * weight.Count];
        for (var first = 0; first < weight.Count; first += Block)
        {
            var some = Math.Min(Block, weight.Count - first);
            for (var i = 0; i < some; i++)
                weight.Read(first + i, block.AsSpan(i * weight.Width, weight.Width));
            VectorMath.Products(x, weight.Width, count, weight.Width, block, weight.Width, products, some);
            for (var t = 0; t < count; t++)
            {
                for (var i = 0; i < some; i++)
                    result[(t * weight.Count) + first + i] = products[(t * some) + i] + bias[first + i];
            }
        }
        return result;
    }

    // The norm of each row, of the sum with another where there is one.
    private float[] Norm(float[] x, float[]? residual, string name)
    {
        const double epsilon = 1e-12;
        var (scale, shift) = (file.ReadFloats(name + ".weight"), file.ReadFloats(name + ".bias"));
        for (var i = 0; residual is not null && i < x.Length; i++)
            x[i] += residual[i];
        for (var start = 0; start < x.Length; start += width)
        {
            var row = x.AsSpan(start, width);
            var (mean, squares) = (0.0, 0.0);
            foreach (var value in row)
                mean += value / (double)width;
            foreach (var value in row)
                squares += (value - mean) * (value - mean);
            var deviation = Math.Sqrt((squares / width) + epsilon);
            for (var i = 0; i < width; i++)
                row[i] = (float)((row[i] - mean) / deviation * scale[i]) + shift[i];
        }
        return x;
    }

    private static void Softmax(Span<float> row, float scale)
    {
        var (most, sum) = (float.NegativeInfinity, 0f);
        foreach (var value in row)
            most = Math.Max(most, value);
        foreach (ref var value in row)
            sum += value = MathF.Exp((value - most) * scale);
        foreach (ref var value in row)
            value /= sum;
    }

    // Half x times 1 + erf(x / √2); erf by Abramowitz and Stegun 7.1.26, off by 1.5e-7 at most.
    private static float Gelu(float x)
    {
        var z = Math.Abs(x) / Math.Sqrt(2);
        var t = 1 / (1 + (0.3275911 * z));
        var series = ((((((1.061405429 * t) - 1.453152027) * t) + 1.421413741) * t) - 0.284496736) * t;
        var erf = 1 - ((series + 0.254829592) * t * Math.Exp(-z * z));
        return (float)(0.5 * x * (1 + (x < 0 ? -erf : erf)));
    }

    // A matrix as a model folder stores it (see StoredWeights), row by row as float32.
    private sealed class StoredRows
    {
        private readonly byte[]? integers;
        private readonly float[] floats;

        public StoredRows(SafetensorsFile file, string name)
        {
            var entry = file.Entries.GetValueOrDefault(name);
            integers = entry?.Type == ScalarType.Int8 ? file.ReadBytes(name) : null;
            floats = file.ReadFloats(integers is null ? name : name + ".scale");
            (Count, Width) = ((int)entry!.Shape[0], (int)entry.Shape[1]);
        }

        public int Count { get; }

        public int Width { get; }

        // Full speed from the first call: the search is over before the runtime would compile it again.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Read(int row, Span<float> target)
        {
            if (integers is null)
            {
                floats.AsSpan(row * Width, Width).CopyTo(target);
                return;
            }
            var source = MemoryMarshal.Cast<byte, sbyte>(integers.AsSpan(row * Width, Width));
            var (scale, i) = (floats[row], 0);
            for (; i + Vector<sbyte>.Count <= Width; i += Vector<sbyte>.Count)
            {
                Vector.Widen(new Vector<sbyte>(source[i..]), out var low, out var high);
                Widen(low, target[i..]);
                Widen(high, target[(i + Vector<short>.Count)..]);
            }
            for (; i < Width; i++)
                target[i] = source[i] * scale;

            void Widen(Vector<short> values, Span<float> to)
            {
                Vector.Widen(values, out var first, out var second);
                (Vector.ConvertToSingle(first) * scale).CopyTo(to);
                (Vector.ConvertToSingle(second) * scale).CopyTo(to[Vector<int>.Count..]);
            }
        }
    }
}
