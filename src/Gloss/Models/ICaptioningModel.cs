using Gloss.Models.Bert;
using Gloss.Torch;

namespace Gloss.Models;

/// <summary>A model that captions a picture guided by tags, as Tag2Text does.</summary>
public interface ICaptioningModel
{
    /// <summary>The image-tag-text generation decoder.</summary>
    BertLanguageModel TextDecoder { get; }

    /// <summary>Word pieces, with [DEC] and [ENC].</summary>
    long VocabularySize { get; }

    /// <summary>Longest text.</summary>
    long MaxPositions { get; }

    /// <summary>Tokens that the tags guiding a caption are cut or padded to.</summary>
    int TagTokens { get; }

    /// <summary>Words that every caption begins with.</summary>
    string Prompt { get; }

    /// <summary>
    /// Tags as token ids (B, T), int64, beginning with [ENC], with their mask, mixed with the image tokens (B, N, C):
    /// what the decoder looks at, (B, T, hidden). Padding is part of it, as in the published model.
    /// </summary>
    Tensor EncodeTags(Tensor tagIds, Tensor mask, Tensor imageTokens);
}
