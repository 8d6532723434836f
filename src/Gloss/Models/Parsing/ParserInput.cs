using Gloss.Torch;

namespace Gloss.Models.Parsing;

/// <summary>
/// Sentences of a batch as tensors, which belong to the scope they were made in. B sentences, W words with padding.
/// </summary>
public sealed class ParserInput
{
    /// <summary>Word pieces with [CLS] in front and [SEP] behind, (B, T), int64; for a BERT.</summary>
    public required Tensor Pieces { get; init; }

    /// <summary>1 for pieces, 0 for padding, (B, T), int64.</summary>
    public required Tensor PieceMask { get; init; }

    /// <summary>Shape of the word that a piece belongs to, (B, T), int64.</summary>
    public required Tensor PieceShapes { get; init; }

    /// <summary>Place of each word's first piece, (B, 1 + W), int64; the root's is that of [CLS].</summary>
    public required Tensor FirstPieces { get; init; }

    /// <summary>First, second and last piece of each word, padding where it has fewer, (B, W, 3), int64.</summary>
    public required Tensor WordPieces { get; init; }

    /// <summary>Shapes of words, (B, W), int64.</summary>
    public required Tensor WordShapes { get; init; }

    /// <summary>Endings of words, of two and of three letters, (B, W, 2), int64.</summary>
    public required Tensor WordEndings { get; init; }

    /// <summary>1 for words, 0 for padding, (B, W), float32.</summary>
    public required Tensor WordMask { get; init; }
}
