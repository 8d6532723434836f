using System.Text.Json;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Models.Bert;

/// <summary>
/// Embeddings of sentences by a BERT tower as Sentence-BERT makes them (Reimers and Gurevych, 2019): the mean over the
/// last layer's tokens, [CLS] and [SEP] among them.
/// </summary>
public sealed class SentenceEncoder : IDisposable
{
    private const string WeightsFile = "model.safetensors";
    private const string LayerEnd = "intermediate.dense.weight";
    private const int MaxTokens = 256;
    private const int BatchSize = 64;
    private readonly BertModel bert;
    private readonly WordPieceTokenizer tokenizer;

    private SentenceEncoder(BertModel bert, WordPieceTokenizer tokenizer) =>
        (this.bert, this.tokenizer) = (bert, tokenizer);

    /// <summary>Width of an embedding.</summary>
    public long Width => bert.Config.HiddenSize;

    /// <summary>
    /// Reads a tower: a folder with <c>model.safetensors</c> and, for the number of heads, <c>config.json</c>.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="tokenizer">The vocabulary that belongs to it.</param>
    /// <exception cref="CheckpointException">The folder is no such tower, or the vocabulary has not its number of
    /// tokens.</exception>
    public static SentenceEncoder Open(string folder, WordPieceTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        using var file = SafetensorsFile.Open(WeightsOf(folder));
        var weights = file.ReadAll();
        if (!weights.TryGetValue("embeddings.word_embeddings.weight", out var words)
            || !weights.TryGetValue($"encoder.layer.0.{LayerEnd}", out var first))
            throw new CheckpointException(
                $"{WeightsOf(folder)} is no BERT tower · expected embeddings.word_embeddings.weight and "
                + $"encoder.layer.0");
        if (words.Size(0) != tokenizer.VocabularySize)
        {
            throw new CheckpointException(
                $"{folder} has {words.Size(0)} tokens, its vocabulary {tokenizer.VocabularySize} · " +
                "hint: is this the vocabulary that belongs to the tower?");
        }
        var bert = new BertModel(new BertConfig
        {
            HiddenSize = words.Size(1), Heads = Heads(folder), IntermediateSize = first.Size(0),
            Layers = weights.Keys.Count(k => k.EndsWith(LayerEnd, StringComparison.Ordinal)),
            VocabularySize = words.Size(0),
            TokenTypes = weights.TryGetValue("embeddings.token_type_embeddings.weight", out var types)
                ? types.Size(0) : 0,
            MaxPositions = weights.TryGetValue("embeddings.position_embeddings.weight", out var positions)
                ? positions.Size(0) : 512,
        });
        bert.Load(weights, mayIgnore: name => name.StartsWith("pooler.", StringComparison.Ordinal)
            || name == "embeddings.position_ids");
        bert.Train(false);
        return new SentenceEncoder(bert, tokenizer);
    }

    /// <summary>The file of weights in a tower's folder.</summary>
    internal static string WeightsOf(string folder) => Path.Combine(folder, WeightsFile);

    /// <summary>Embeddings (M, C) of length 1.</summary>
    public Tensor Embed(IReadOnlyList<string> texts)
    {
        using var scope = TensorScope.Begin();
        return scope.Return(MeanTokens(texts).Normalize());
    }

    /// <summary>As <see cref="Embed"/>, of the length that comes.</summary>
    public Tensor MeanTokens(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using var noGradient = GradientMode.None();
        using var scope = TensorScope.Begin();
        // Texts of like length go together, so that little is padding.
        var tokens = texts.Select(text => tokenizer.EncodeWithSpecials(text, MaxTokens)).ToArray();
        var order = Enumerable.Range(0, texts.Count).OrderBy(i => tokens[i].Length).ToArray();
        var rows = order.Chunk(BatchSize).Select(chunk =>
        {
            using var inner = TensorScope.Begin();
            var (ids, mask) = Pad([.. chunk.Select(i => tokens[i])]);
            var weight = mask.To(ScalarType.Float32).Unsqueeze(-1); // (M, T, 1)
            return inner.Return((bert.Encode(ids, mask) * weight).Sum([1]) / weight.Sum([1]));
        }).ToArray();
        var places = new long[texts.Count];
        for (var i = 0; i < order.Length; i++)
            places[order[i]] = i;
        return scope.Return(TensorShape.Concatenate(0, rows).IndexSelect(0, Tensor.FromData(places, places.Length)));
    }

    /// <inheritdoc/>
    public void Dispose() => bert.Dispose();

    private (Tensor Ids, Tensor Mask) Pad(int[][] sequences)
    {
        var longest = sequences.Max(s => s.Length);
        var (ids, mask) = (new long[sequences.Length * longest], new long[sequences.Length * longest]);
        Array.Fill(ids, tokenizer.PadId);
        for (var row = 0; row < sequences.Length; row++)
        {
            for (var i = 0; i < sequences[row].Length; i++)
                (ids[row * longest + i], mask[row * longest + i]) = (sequences[row][i], 1);
        }
        return (Tensor.FromData(ids, sequences.Length, longest), Tensor.FromData(mask, sequences.Length, longest));
    }

    private static long Heads(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        try
        {
            using var config = JsonDocument.Parse(File.ReadAllBytes(path));
            return config.RootElement.GetProperty("num_attention_heads").GetInt64();
        }
        catch (Exception error)
            when (error is JsonException or IOException or KeyNotFoundException or InvalidOperationException
            or FormatException)
        {
            throw new CheckpointException($"{path} · expected a JSON object with num_attention_heads · {error.Message}",
                error);
        }
    }
}
