using Gloss.Models.Clip;
using Gloss.Text;

namespace Gloss.Inference;

/// <summary>A CLIP model out of a folder, ready for inference, with its tokenizer.</summary>
public sealed class LoadedClip : IDisposable
{
    internal LoadedClip(ModelConfig config, ClipModel model, ClipTokenizer tokenizer)
    {
        Config = config;
        Model = model;
        Tokenizer = tokenizer;
    }

    /// <summary>What the folder's config says.</summary>
    public ModelConfig Config { get; }

    /// <summary>The model, in evaluation mode; this object owns it.</summary>
    public ClipModel Model { get; }

    /// <summary>Texts to token ids.</summary>
    public ClipTokenizer Tokenizer { get; }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
