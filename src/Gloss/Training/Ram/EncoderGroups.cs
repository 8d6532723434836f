using Gloss.Torch;

namespace Gloss.Training.Ram;

/// <summary>Parameter groups of a model whose image encoder has a learning rate of its own.</summary>
internal static class EncoderGroups
{
    /// <summary>Matrices decay, vectors do not; the encoder's learning rate is multiplied by the factor.</summary>
    public static IEnumerable<ParameterGroup> Of(Module model, double weightDecay, double encoderFactor) =>
        model.NamedParameters().Where(p => p.Parameter.IsTrainable)
            .GroupBy(p => (IsEncoder: p.Name.StartsWith("visual_encoder.", StringComparison.Ordinal),
                Decays: p.Parameter.Value.Rank >= 2))
            .Select(group => new ParameterGroup
            {
                Parameters = group.ToList(),
                WeightDecay = group.Key.Decays ? weightDecay : 0,
                LearningRateFactor = group.Key.IsEncoder ? encoderFactor : 1,
            });
}
