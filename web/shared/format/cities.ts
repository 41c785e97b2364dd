/** How cities that name time zones are called, where that is not the zone's own English name without accents. */

type Names = { en?: string; es?: string; pt?: string };

const everywhere = (name: string): Names => ({ en: name, es: name, pt: name });

const CITIES: Readonly<Record<string, Names>> = {
  "America/Asuncion": { en: "Asunción", es: "Asunción", pt: "Assunção" },
  "America/Belem": everywhere("Belém"),
  "America/Bogota": everywhere("Bogotá"),
  "America/Cuiaba": everywhere("Cuiabá"),
  "America/Havana": { es: "La Habana" },
  "America/Los_Angeles": { es: "Los Ángeles" },
  "America/Maceio": everywhere("Maceió"),
  "America/Mexico_City": { es: "Ciudad de México", pt: "Cidade do México" },
  "America/Montevideo": { pt: "Montevidéu" },
  "America/New_York": { es: "Nueva York", pt: "Nova York" },
  "America/Panama": { es: "Panamá", pt: "Panamá" },
  "America/Sao_Paulo": everywhere("São Paulo"),
  "Asia/Tokyo": { es: "Tokio", pt: "Tóquio" },
  "Atlantic/Azores": { en: "the Azores", es: "Azores", pt: "Açores" },
  "Atlantic/Canary": { en: "the Canary Islands", es: "Canarias", pt: "Canárias" },
  "Europe/Amsterdam": { es: "Ámsterdam", pt: "Amsterdã" },
  "Europe/Athens": { es: "Atenas", pt: "Atenas" },
  "Europe/Berlin": { es: "Berlín", pt: "Berlim" },
  "Europe/Brussels": { es: "Bruselas", pt: "Bruxelas" },
  "Europe/Copenhagen": { es: "Copenhague", pt: "Copenhague" },
  "Europe/Dublin": { es: "Dublín" },
  "Europe/Istanbul": { es: "Estambul", pt: "Istambul" },
  "Europe/Lisbon": { es: "Lisboa", pt: "Lisboa" },
  "Europe/London": { es: "Londres", pt: "Londres" },
  "Europe/Moscow": { es: "Moscú", pt: "Moscou" },
  "Europe/Paris": { es: "París" },
  "Europe/Prague": { es: "Praga", pt: "Praga" },
  "Europe/Rome": { es: "Roma", pt: "Roma" },
  "Europe/Stockholm": { es: "Estocolmo", pt: "Estocolmo" },
  "Europe/Vienna": { es: "Viena", pt: "Viena" },
  "Europe/Warsaw": { es: "Varsovia", pt: "Varsóvia" },
  "Europe/Zurich": { es: "Zúrich", pt: "Zurique" },
};

/** "Madrid" of "Europe/Madrid". */
export function zoneCity(zone: string, language: string): string {
  const known = CITIES[zone]?.[language.slice(0, 2) as keyof Names];
  return known ?? (zone.split("/").pop() ?? zone).replace(/_/g, " ");
}
