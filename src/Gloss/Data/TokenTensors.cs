using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Data;

/// <summary>The one place where token ids become tensors.</summary>
public static class TokenTensors
{
    /// <summary>
    /// Sequences padded to the longest, or to <paramref name="length"/>: ids and mask (1 token, 0 padding), both (B, T)
    /// int64.
    /// </summary>
    /// <exception cref="ArgumentException">A sequence is longer than <paramref name="length"/>, or there is
    /// none.</exception>
    public static (Tensor Ids, Tensor Mask) Pad(IReadOnlyList<int[]> sequences, int paddingId, int? length = null,
        Device device = default)
    {
        if (sequences.Count == 0)
            throw new ArgumentException("no sequences", nameof(sequences));
        var longest = sequences.Max(s => s.Length);
        var T = length ?? longest;
        if (longest > T)
            throw new ArgumentException($"a sequence has {longest} tokens, at most {T}", nameof(sequences));
        var ids = new long[sequences.Count * T];
        var mask = new long[ids.Length];
        for (var row = 0; row < sequences.Count; row++)
        {
            for (var i = 0; i < T; i++)
            {
                var isToken = i < sequences[row].Length;
                ids[row * T + i] = isToken ? sequences[row][i] : paddingId;
                mask[row * T + i] = isToken ? 1 : 0;
            }
        }
        return (Place(ids, sequences.Count, T, device), Place(mask, sequences.Count, T, device));
    }

    /// <summary>
    /// What a decoder is to predict: <paramref name="ids"/> (B, T) with -100 on padding and on the first
    /// <paramref name="promptLength"/> positions.
    /// </summary>
    public static Tensor Labels(Tensor ids, Tensor mask, int promptLength)
    {
        using var scope = TensorScope.Begin();
        var positions = Tensors.Arange(ids.Size(1), device: ids.Device);
        var counted = mask.NotEqualTo(0L).LogicalAnd(positions.GreaterThan(promptLength - 1L));
        return scope.Return(ids.MaskedFill(counted.LogicalNot(), -100L));
    }

    /// <summary>
    /// Rows of tag ids as targets (B, <paramref name="tagCount"/>), float32: 1 where a tag is named, else 0.
    /// </summary>
    public static Tensor Targets(IReadOnlyList<IReadOnlyCollection<int>> tagIds, int tagCount, Device device = default)
    {
        var targets = new float[tagIds.Count * tagCount];
        for (var row = 0; row < tagIds.Count; row++)
        {
            foreach (var id in tagIds[row])
                targets[row * tagCount + id] = 1;
        }
        using var cpu = Tensor.FromData(targets, tagIds.Count, tagCount);
        return cpu.To(device);
    }

    /// <summary>
    /// Texts with sub-sentences, padded to the longest: ids, mask (1 token, 0 padding), segments and positions, each
    /// (B, T) int64. Every place of padding is a segment of its own.
    /// </summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static (Tensor Ids, Tensor Mask, Tensor Segments, Tensor Positions) Pad(IReadOnlyList<SubSentenceText> texts,
        int paddingId,
        Device device = default)
    {
        if (texts.Count == 0)
            throw new ArgumentException("no texts", nameof(texts));
        var T = texts.Max(t => t.Ids.Count);
        long[] Fill(Func<SubSentenceText, int, long> value, Func<int, long> padding)
        {
            var result = new long[texts.Count * T];
            for (var i = 0; i < result.Length; i++)
            {
                var (row, column) = (i / T, i % T);
                result[i] = column < texts[row].Ids.Count ? value(texts[row], column) : padding(column);
            }
            return result;
        }
        return (Place(Fill((t, i) => t.Ids[i], _ => paddingId), texts.Count, T, device),
            Place(Fill((_, _) => 1, _ => 0), texts.Count, T, device),
            Place(Fill((t, i) => t.Segments[i], i => -1 - i), texts.Count, T, device),
            Place(Fill((t, i) => t.Positions[i], _ => 0), texts.Count, T, device));
    }

    private static Tensor Place(long[] values, int rows, int columns, Device device)
    {
        using var cpu = Tensor.FromData(values, rows, columns);
        return cpu.To(device);
    }
}
