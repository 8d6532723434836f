namespace Gloss.Inference;

/// <summary>How good captions are that recognised tags guide.</summary>
/// <param name="Pictures">Pictures that were measured.</param>
/// <param name="GuideThreshold">Probability above which a tag guided its caption; null: as the model's config
/// says.</param>
/// <param name="TagsPerPicture">Tags that guided a caption, mean over pictures.</param>
/// <param name="Bleu1">BLEU-1, a fraction.</param>
/// <param name="Bleu2">BLEU-2, a fraction.</param>
/// <param name="Bleu3">BLEU-3, a fraction.</param>
/// <param name="Bleu4">BLEU-4, a fraction.</param>
/// <param name="RougeL">ROUGE-L, a fraction.</param>
/// <param name="CiderD">CIDEr-D in the public tool's unit: papers print it times 100.</param>
/// <param name="WordsPerCaption">Mean length of a caption in words.</param>
/// <param name="Captions">The captions.</param>
public sealed record CaptionReport(int Pictures, float? GuideThreshold, double TagsPerPicture, double Bleu1,
    double Bleu2, double Bleu3,
    double Bleu4, double RougeL, double CiderD, double WordsPerCaption, IReadOnlyList<GuidedCaption> Captions);
