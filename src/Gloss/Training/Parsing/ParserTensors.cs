using Gloss.Models.Parsing;
using Gloss.Torch;

namespace Gloss.Training.Parsing;

/// <summary>Makes tensors of sentences.</summary>
internal static class ParserTensors
{
    /// <summary>The input of a network.</summary>
    /// <param name="sentences">Words as pieces, their shapes, their endings of two and three letters.</param>
    /// <param name="classification">Id of [CLS].</param>
    /// <param name="separator">Id of [SEP].</param>
    public static ParserInput Input(IReadOnlyList<(int[][] Words, int[] Shapes, int[] Endings)> sentences,
        int classification, int separator)
    {
        var B = sentences.Count;
        var W = sentences.Max(s => s.Words.Length);
        var T = sentences.Max(s => s.Words.Sum(w => w.Length)) + 2;
        var (pieces, pieceMask, pieceShapes) = (new long[B * T], new long[B * T], new long[B * T]);
        var (first, words, shapes, mask) = (new long[B * (W + 1)], new long[B * W * 3], new long[B * W],
            new float[B * W]);
        var endings = new long[B * W * 2];
        for (var b = 0; b < B; b++)
        {
            var at = b * T;
            void Put(int piece, int shape)
            {
                (pieces[at], pieceMask[at], pieceShapes[at]) = (piece, 1, shape);
                at++;
            }
            Put(classification, 0);
            var sentence = sentences[b];
            for (var w = 0; w < sentence.Words.Length; w++)
            {
                var word = sentence.Words[w];
                first[(b * (W + 1)) + w + 1] = at - (b * T);
                var place = (b * W) + w;
                (shapes[place], mask[place]) = (sentence.Shapes[w], 1);
                (endings[2 * place], endings[(2 * place) + 1]) =
                    (sentence.Endings[2 * w], sentence.Endings[(2 * w) + 1]);
                words[3 * place] = word[0];
                words[(3 * place) + 1] = word.Length > 1 ? word[1] : 0;
                words[(3 * place) + 2] = word.Length > 1 ? word[^1] : 0;
                foreach (var piece in word)
                    Put(piece, sentence.Shapes[w]);
            }
            Put(separator, 0);
        }
        return new ParserInput
        {
            Pieces = Tensor.FromData(pieces, B, T), PieceMask = Tensor.FromData(pieceMask, B, T),
            PieceShapes = Tensor.FromData(pieceShapes, B, T), FirstPieces = Tensor.FromData(first, B, W + 1),
            WordPieces = Tensor.FromData(words, B, W, 3), WordShapes = Tensor.FromData(shapes, B, W),
            WordEndings = Tensor.FromData(endings, B, W, 2),
            WordMask = Tensor.FromData(mask, B, W),
        };
    }

    /// <summary>Numbers of sentences as (B, W), int64, <paramref name="padding"/> behind the last word.</summary>
    public static Tensor Targets(IReadOnlyList<int[]> rows, long padding)
    {
        var W = rows.Max(r => r.Length);
        var values = new long[rows.Count * W];
        Array.Fill(values, padding);
        for (var b = 0; b < rows.Count; b++)
        {
            for (var w = 0; w < rows[b].Length; w++)
                values[(b * W) + w] = rows[b][w];
        }
        return Tensor.FromData(values, rows.Count, W);
    }
}
